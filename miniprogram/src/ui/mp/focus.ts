// In WeChat a page can scroll; the focus cannot be moved.
import { nextTick } from 'vue'

export const focusTitle = (): void => undefined
export const focusStep = (): void => undefined
export const focusAfterLoss = (): void => undefined
/** Begin with the days to choose from. */
export const showCalendar = (): void => scrollTo('.calendar')

/** Move to the first field of the page that is marked as wrong. */
export function showFirstProblem(): void {
  // Inside components WeChat looks only below an element of the page itself; see vite.config.ts.
  void nextTick(() => scrollTo('.app-page >>> .field.wrong, .app-page >>> .field.warned'))
}

function scrollTo(selector: string): void {
  // A refusal may name a field that the page does not have.
  uni.pageScrollTo({ selector, fail: () => undefined })
}
