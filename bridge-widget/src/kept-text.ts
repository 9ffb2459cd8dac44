/** A text that outlives the visit. Both may throw: a browser may keep nothing, or have no room. */
export interface KeptText {
  read(): string | null
  write(text: string): void
}

/** Kept by the browser for all pages of this origin, under the name `footbridge:NAME`. */
export function keptByBrowser(name: string): KeptText {
  const key = `footbridge:${name}`
  return {
    // Looked up each time: where storage is forbidden even that throws.
    read: () => localStorage.getItem(key),
    write: (text) => localStorage.setItem(key, text),
  }
}
