const CONFIRMATION_MS = 2_500

/** Copies `text` and says so on the button. Where copying is not allowed, it selects `source` for the person to copy. */
export async function copyWith(button: HTMLElement, text: string, source?: Element): Promise<void> {
  const isCopied = await copy(text)
  if (!isCopied && source) select(source)
  confirmOn(button, isCopied ? 'Copied' : source ? 'Selected: now copy it' : 'Copy it from the address bar')
}

async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    // Not over plain HTTP, and not without permission.
    return false
  }
}

function select(source: Element): void {
  if (source instanceof HTMLTextAreaElement) source.select()
  else getSelection()?.selectAllChildren(source)
}

/** Shows `words` on the button for a while; a screen reader is told as well. */
function confirmOn(button: HTMLElement, words: string): void {
  button.dataset.label ??= button.textContent
  button.textContent = words
  button.setAttribute('aria-live', 'polite')
  setTimeout(() => {
    if (button.textContent === words) button.textContent = button.dataset.label ?? ''
  }, CONFIRMATION_MS)
}
