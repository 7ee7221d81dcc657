import { nextTick } from 'vue'

/** Move the focus to what a screen reader shall read now. A mini program cannot move it. */
function focusOn(selector: string): void {
  // #ifdef H5
  document.querySelector<HTMLElement>(selector)?.focus({ preventScroll: true })
  // #endif
}
/** Begin with the page's title, since the content below it was replaced. */
export const focusTitle = (): void => focusOn('.page-title')
/** Begin with the line that names the step. */
export const focusStep = (): void => focusOn('.step-line')
/** Begin with the days to choose from. */
export function showCalendar(): void {
  // #ifdef H5
  document.querySelector<HTMLElement>('.calendar button')?.focus()
  // #endif
  // #ifndef H5
  scrollTo('.calendar')
  // #endif
}
/** Begin with the dialog or page of a button that has gone, unless another place has the focus. */
export function focusAfterLoss(): void {
  // #ifdef H5
  // Later than dialogs, steps and pages, which know a better place.
  setTimeout(() => {
    if (document.activeElement !== document.body) return
    focusOn(document.querySelector('[role=dialog]') ? '[role=dialog]' : '.page-title')
  })
  // #endif
}

/** Move to the first field of the page that is marked as wrong. */
export function showFirstProblem(): void {
  void nextTick(() => {
    // #ifdef H5
    if (typeof document === 'undefined') return
    document.querySelector<HTMLElement>('[aria-invalid=true], .field.warned .field-input')?.focus()
    // #endif
    // #ifdef MP-WEIXIN
    // Inside components WeChat looks only below an element of the page itself; see vite.config.ts.
    scrollTo('.app-page >>> .field.wrong, .app-page >>> .field.warned')
    // #endif
  })
}
// #ifndef H5
function scrollTo(selector: string): void {
  // A refusal may name a field that the page does not have.
  uni.pageScrollTo({ selector, fail: () => undefined })
}
// #endif
