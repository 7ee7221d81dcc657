// The sheet that is signed: what is drawn on the screen becomes strokes on paper, on every platform.
import { onMounted, watch } from 'vue'
import { draw, onPaper, PAPER, type Place, type Stroke } from './strokes'

interface Point {
  clientX: number
  clientY: number
}
/** What a platform knows of its canvas. */
interface Surface {
  /** Wait for the canvas, null once the component is gone. */
  find: () => Promise<HTMLCanvasElement | null>
  /** Return where the paper lies now: pages scroll, and the large sheet is turned. */
  measure: (canvas: HTMLCanvasElement) => Promise<Place>
}

/** Return how a stroke begins and goes on; `strokes` are those drawn so far, `set` takes them with the new one. */
export function useSheet(surface: Surface, strokes: () => Stroke[], set: (strokes: Stroke[]) => void) {
  let canvas: HTMLCanvasElement | null = null
  /** The strokes before the one that is being drawn, and the points of that one on the screen. */
  let before: Stroke[] = []
  let raw: Point[] = []
  let place: Place | null = null

  function redraw(): void {
    const pen = canvas?.getContext('2d')
    if (pen) draw(pen, strokes())
  }
  async function prepare(): Promise<void> {
    if (canvas) return
    canvas = await surface.find()
    if (canvas) Object.assign(canvas, PAPER)
    redraw()
  }
  onMounted(prepare)
  watch(strokes, redraw)

  function show(): void {
    if (!place || !raw.length) return
    const stroke = raw.map(({ clientX, clientY }) => onPaper(clientX, clientY, place!))
    set([...before, stroke])
  }
  return {
    async begin(point: Point): Promise<void> {
      before = strokes()
      raw = [point]
      place = null
      await prepare()
      place = await surface.measure(canvas!)
      show()
    },
    goOn(point: Point): void {
      raw.push(point)
      show()
    },
    /** Draw all strokes and return the canvas, for a picture of it. */
    async drawn(): Promise<HTMLCanvasElement> {
      await prepare()
      redraw()
      return canvas!
    },
  }
}
