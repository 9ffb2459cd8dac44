const PLACEHOLDER = /__MSG_(\w+)__/g

/** Puts the texts below `root`, which are there as in a manifest (`__MSG_name__`), in the language of the browser. */
export function localize(root: Node): void {
  const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT)
  while (texts.nextNode()) {
    const { currentNode } = texts
    currentNode.nodeValue = (currentNode.nodeValue ?? '').replace(PLACEHOLDER, (_, name) =>
      chrome.i18n.getMessage(name),
    )
  }
  // Those of the texts, which are English where the browser's language is none of ours.
  document.documentElement.lang = chrome.i18n.getMessage('lang')
  document.documentElement.dir = chrome.i18n.getMessage('dir')
}
