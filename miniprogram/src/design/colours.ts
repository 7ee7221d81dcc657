/** Colours of tokens.css for attributes and canvases, which take no CSS variable. */
export const COLOURS = { brand: '#0d5c63', sheet: '#ffffff', 'sheet-ink': '#111827' }
