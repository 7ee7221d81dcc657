// A handwritten signature as strokes on a sheet of paper of fixed size.
import { COLOURS } from '@/design/colours'

interface Point {
  x: number
  y: number
}
export type Stroke = Point[]

/** Where the paper lies on the screen. */
export interface Place {
  left: number
  top: number
  width: number
  height: number
}

export const PAPER = { width: 1000, height: 500 }
const PEN = 11
// As the service judges: smaller ones are refused as unreadable.
const LEAST_SIDE = 32
const LEAST_LENGTH = 0.2 * PAPER.width

/** Return the point of the paper below a point of the screen; taller than wide, it is turned right. */
export function onPaper(x: number, y: number, place: Place): Point {
  const [across, down] = [(x - place.left) / place.width, (y - place.top) / place.height]
  const [right, below] = place.height > place.width ? [down, 1 - across] : [across, down]
  return { x: right * PAPER.width, y: below * PAPER.height }
}

/** Tell whether the strokes are large enough for a name. */
export function isReadable(strokes: Stroke[]): boolean {
  const points = strokes.flat()
  if (points.length < 2) return false
  const [xs, ys] = [points.map(({ x }) => x), points.map(({ y }) => y)]
  const sides = [Math.max(...xs) - Math.min(...xs), Math.max(...ys) - Math.min(...ys)]
  return Math.min(...sides) + PEN >= LEAST_SIDE && Math.max(...sides) + PEN >= LEAST_LENGTH
}

type Pen = Pick<
  CanvasRenderingContext2D,
  | 'fillStyle'
  | 'strokeStyle'
  | 'lineWidth'
  | 'lineCap'
  | 'lineJoin'
  | 'fillRect'
  | 'beginPath'
  | 'moveTo'
  | 'lineTo'
  | 'quadraticCurveTo'
  | 'stroke'
>

/** Draw dark strokes on white, in every mode of the screen: the picture goes into a file. */
export function draw(pen: Pen, strokes: Stroke[]): void {
  pen.fillStyle = COLOURS.sheet
  pen.fillRect(0, 0, PAPER.width, PAPER.height)
  Object.assign(pen, { strokeStyle: COLOURS['sheet-ink'], lineWidth: PEN, lineCap: 'round', lineJoin: 'round' })
  for (const stroke of strokes) {
    const first = stroke[0]
    if (!first) continue
    pen.beginPath()
    pen.moveTo(first.x, first.y)
    for (let i = 1; i < stroke.length - 1; i += 1) {
      const [corner, next] = [stroke[i]!, stroke[i + 1]!]
      pen.quadraticCurveTo(corner.x, corner.y, (corner.x + next.x) / 2, (corner.y + next.y) / 2)
    }
    const last = stroke[stroke.length - 1]!
    pen.lineTo(last.x, last.y)
    pen.stroke()
  }
}
