// A button with data-copy="id" copies the text of the element with that id, and says so.

for (const button of document.querySelectorAll("[data-copy]")) {
  const source = document.getElementById(button.dataset.copy);
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(source.textContent);
      button.textContent = "Copied";
    } catch {
      // without leave to write the clipboard the text is at least marked for Ctrl-C
      getSelection().selectAllChildren(source);
      button.textContent = "Marked: press Ctrl-C";
    }
  });
}
