import { nextTick } from 'vue'

/** Move to the first field of the page that is marked as wrong. */
export function showFirstProblem(): void {
  void nextTick(() => {
    // #ifdef H5
    if (typeof document === 'undefined') return
    document.querySelector<HTMLElement>('[aria-invalid=true], .field.warned .field-input')?.focus()
    // #endif
    // #ifndef H5
    uni.pageScrollTo({ selector: '.field.wrong', fail: () => undefined })
    // #endif
  })
}
