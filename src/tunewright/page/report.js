"use strict";
// The page reads without this script; it adds copying and the filter of examples.
for (const button of document.querySelectorAll("button[data-copy]")) {
  if (!navigator.clipboard) break;
  const word = button.textContent;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.dataset.copy);
    button.textContent = "copied";
    setTimeout(() => { button.textContent = word; }, 1600);
  });
}
const filter = document.querySelector("fieldset.filter");
if (filter) {
  filter.hidden = false;
  filter.addEventListener("change", (event) => {
    for (const example of document.querySelectorAll("li.case")) {
      example.hidden = event.target.value !== "" && example.dataset.suite !== event.target.value;
    }
  });
}
