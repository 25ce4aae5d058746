(() => {
  "use strict";

  const said = document.getElementById("said");
  let silence;

  const byHand = (text) => {
    const area = document.createElement("textarea");
    area.value = text;
    area.readOnly = true;
    area.className = "out";
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  };

  const select = (element) => {
    const details = element.closest("details");
    if (details) details.open = true;
    const range = document.createRange();
    range.selectNodeContents(element);
    const selection = getSelection();
    selection.removeAllRanges();
    selection.addRange(range);
  };

  for (const button of document.querySelectorAll("button[data-copy]")) {
    const label = button.textContent;
    button.hidden = false;
    button.addEventListener("click", async () => {
      const element = document.getElementById(button.dataset.copy);
      let done = true;
      try {
        await navigator.clipboard.writeText(element.textContent);
      } catch {
        done = byHand(element.textContent);
        button.focus();
      }
      if (!done) select(element);
      button.textContent = done ? "Copied" : "Selected: copy it with the keyboard";
      said.textContent = button.textContent;
      setTimeout(() => { button.textContent = label; }, 2500);
      clearTimeout(silence);
      silence = setTimeout(() => { said.textContent = ""; }, 2500);
    });
  }

  // A page from a file may have no storage; then the boxes last as long as the page is open.
  const name = "authshift-report-" + document.body.dataset.key;
  let kept = {};
  try {
    const stored = JSON.parse(localStorage.getItem(name));
    if (stored && typeof stored === "object") kept = stored;
  } catch {}
  const boxes = [...document.querySelectorAll("input[data-tick]")];
  const progress = document.getElementById("progress");
  const count = () => {
    const of = (what) => {
      const all = boxes.filter((box) => box.dataset.tick === what);
      return all.filter((box) => box.checked).length + " of " + all.length;
    };
    progress.textContent = "Pasted back: " + of("pasted") + ". Tested: " + of("tested") + ".";
  };
  for (const box of boxes) {
    box.checked = kept[box.id] === true;
    box.addEventListener("change", () => {
      kept[box.id] = box.checked;
      try { localStorage.setItem(name, JSON.stringify(kept)); } catch {}
      count();
    });
  }
  if (progress) {
    progress.hidden = false;
    count();
  }
})();
