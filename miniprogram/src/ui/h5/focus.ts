// Where the focus goes in a browser, for keyboards and screen readers.
import { nextTick } from 'vue'

/** Move the focus to what a screen reader shall read now. */
function focusOn(selector: string): void {
  document.querySelector<HTMLElement>(selector)?.focus({ preventScroll: true })
}
/** Begin with the page's title, since the content below it was replaced. */
export const focusTitle = (): void => focusOn('.page-title')
/** Begin with the line that names the step. */
export const focusStep = (): void => focusOn('.step-line')
/** Begin with the days to choose from. */
export function showCalendar(): void {
  document.querySelector<HTMLElement>('.calendar button')?.focus()
}
/** Begin with the dialog or page of a button that has gone, unless another place has the focus. */
export function focusAfterLoss(): void {
  // Later than dialogs, steps and pages, which know a better place.
  setTimeout(() => {
    if (document.activeElement !== document.body) return
    focusOn(document.querySelector('[role=dialog]') ? '[role=dialog]' : '.page-title')
  })
}

/** Move to the first field of the page that is marked as wrong. */
export function showFirstProblem(): void {
  void nextTick(() => {
    if (typeof document === 'undefined') return
    document.querySelector<HTMLElement>('[aria-invalid=true], .field.warned .field-input')?.focus()
  })
}
