// What Datasette's pages leave out for those who do not see them: the language, names of controls,
// and where the content begins. Ours have all but the first, which no template of theirs lets us set.
document.documentElement.lang ||= "en";
const mend = () => {
  const call = (selector, words) => {
    for (const control of document.querySelectorAll(selector)) {
      if (!control.labels?.length && !control.hasAttribute("aria-label")) {
        control.setAttribute("aria-label", words);
      }
    }
  };
  call("select[name^=_filter_column]", "Column to filter by");
  call("select[name^=_filter_op]", "How to compare");
  call("input[name^=_filter_value]", "Value to compare with");
  call("select[name=_sort]", "Sort by");
  // The editor of SQL takes the place of its text area, in one way in 0.65 and in another in 1.0.
  call("textarea[name=sql], .CodeMirror textarea, .cm-editor textarea, .cm-content", "SQL");
  if (!document.querySelector("main")) {
    document.querySelector("section.content")?.setAttribute("role", "main");
  }
};
document.addEventListener("DOMContentLoaded", mend);
// After what other scripts do when all is there: among it, making the editor.
window.addEventListener("load", () => setTimeout(mend));
