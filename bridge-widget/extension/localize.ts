const PLACEHOLDER = /__MSG_(\w+)__/g

/** Puts this page's texts, which it has as in a manifest (`__MSG_name__`), in the language of the browser. */
export function localizePage(): void {
  document.documentElement.lang = chrome.i18n.getUILanguage()
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  while (texts.nextNode()) {
    const { currentNode } = texts
    currentNode.nodeValue = (currentNode.nodeValue ?? '').replace(PLACEHOLDER, (_, name) =>
      chrome.i18n.getMessage(name),
    )
  }
  document.documentElement.dir = chrome.i18n.getMessage('@@bidi_dir')
}
