// A button with data-copy-from="address" copies what that address answers with, and says so.

for (const button of document.querySelectorAll("[data-copy-from]")) {
  const label = button.textContent;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const address = new URL(button.dataset.copyFrom, location.href);
    try {
      const answer = await fetch(address, { credentials: "same-origin" });
      if (!answer.ok) throw new Error(answer.statusText);
      await navigator.clipboard.writeText(await answer.text());
      button.textContent = "Copied";
      setTimeout(() => (button.textContent = label), 3000);
    } catch {
      // without leave to write the clipboard the text is at least shown, to be copied by hand
      location.assign(address);
    }
  });
}
