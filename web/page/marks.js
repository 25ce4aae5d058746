// Where in the changed lines the difference is: each old line is set beside the new one in its place.
export function marks(old, fresh, changes) {
  const oldLines = old.split("\n");
  const newLines = fresh.split("\n");
  const before = [];
  const after = [];
  for (const [oldStart, oldEnd, newStart, newEnd] of changes) {
    const pairs = oldEnd - oldStart === newEnd - newStart;
    for (let line = oldStart; line < oldEnd; line++) {
      before.push({ line, ...(pairs ? part(oldLines[line], newLines[newStart + line - oldStart]) : { from: 0, to: 0 }) });
    }
    for (let line = newStart; line < newEnd; line++) {
      after.push({ line, ...(pairs ? part(newLines[line], oldLines[oldStart + line - newStart]) : { from: 0, to: 0 }) });
    }
  }
  return { before, after };
}

function part(text = "", other = "") {
  const least = Math.min(text.length, other.length);
  let from = 0;
  while (from < least && text[from] === other[from]) from++;
  let end = 0;
  while (end < least - from && text[text.length - 1 - end] === other[other.length - 1 - end]) end++;
  return { from, to: text.length - end };
}
