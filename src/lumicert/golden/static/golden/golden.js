// The page Golden JSON: a lumisection chosen on the map is explained, a chosen policy fills the editor.

const ask = document.getElementById("ask");
const rule = document.getElementById("rule");
const policy = document.getElementById("policy");

document.addEventListener("map-open", ({ target, detail: { run, ls } }) => {
  window.htmx.ajax("GET", `${target.dataset.explain}&run=${run}&ls=${ls}`, { target: "#explanation" });
  document.getElementById("explanation").scrollIntoView({ block: "nearest" });
});

// a rule that nobody changed stays out of the address
document.addEventListener("htmx:configRequest", ({ detail }) => {
  if (detail.elt === ask && rule.value === policy.selectedOptions[0]?.dataset.rule) detail.parameters.delete("rule");
});

// before htmx reads the form: another policy brings its own rule, a draft belongs to the policy it began with
policy.addEventListener("change", () => { rule.value = policy.selectedOptions[0].dataset.rule; }, { capture: true });

const save = document.getElementById("save");
save?.addEventListener("submit", () => {
  document.getElementById("save-rule").value = rule.value;
  document.getElementById("save-dataset").value = ask.elements.dataset.value;
  document.getElementById("save-policy").value = policy.value;
});
