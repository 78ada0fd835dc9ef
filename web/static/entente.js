// Comfort only: every page works without this file.
// data-poll="selector" · data-guard · data-copy="selector" · data-items/data-act · data-preview="selector" · .picker

const $ = (sel, from = document) => from.querySelector(sel);
const all = (sel, from = document) => [...from.querySelectorAll(sel)];

// Buttons that need this script stay hidden until it is here.
for (const b of all("[data-copy]")) b.hidden = false;

// Press to copy.
document.addEventListener("click", async (e) => {
  const b = e.target.closest("[data-copy]");
  if (!b) return;
  const box = b.closest("figure, section, li") ?? document;
  const from = $(b.dataset.copy, box) ?? $(b.dataset.copy);
  if (!from) return;
  const before = b.textContent;
  const zh = document.documentElement.lang.startsWith("zh");
  try {
    await navigator.clipboard.writeText(from.innerText.trim());
    b.textContent = b.dataset.copied ?? (zh ? "已复制" : "Copied");
  } catch {
    getSelection().selectAllChildren(from); // without the permission: marked, ready for Ctrl+C
    b.textContent = b.dataset.selected ?? (zh ? "已选中" : "Selected");
  }
  setTimeout(() => (b.textContent = before), 2500);
});

// Long work: what it has come to is asked for again as long as the page says that it goes on. The
// element that data-poll names tells those who do not see it.
async function poll() {
  const part = $("[data-poll]");
  if (!part) return;
  await new Promise((done) => setTimeout(done, 2000));
  try {
    const r = await fetch(location.href);
    const fresh = new DOMParser().parseFromString(await r.text(), "text/html").getElementById(part.id);
    if (!r.ok || !fresh) return location.reload();
    const words = (el) => [...el.querySelectorAll(".state")].map((s) => s.textContent).join(", ");
    const said = $(part.dataset.poll);
    if (said && words(fresh) !== words(part)) said.textContent = words(fresh);
    if (!fresh.dataset.poll) location.reload(); // with the rest of the page
    part.innerHTML = fresh.innerHTML;
  } catch {
    // the line is down for a moment
  }
  poll();
}
poll();

// Folds that lie over the page close on Escape and on a press elsewhere.
const folds = () => all("details[open]").filter((d) => $(":scope > .fold", d));
document.addEventListener("keydown", (e) => {
  if (e.key !== "Escape") return;
  for (const d of folds()) {
    const inside = d.contains(document.activeElement);
    d.open = false;
    if (inside) $("summary", d)?.focus();
  }
});
document.addEventListener("click", (e) => {
  for (const d of folds()) if (!d.contains(e.target)) d.open = false;
});

// Lists of repeated groups: add, remove, move. Names carry the position: agenda.0.title.en
function renumber(list) {
  const key = list.dataset.items.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const named = new RegExp(`^(#?${key}\\.)(\\d+|__)(?=\\.|-|$)`);
  const acted = new RegExp(`^(${key}\\.(?:up|down|remove|open)\\.)(\\d+|__)$`);
  all(":scope > .item", list).forEach((item, i) => {
    for (const el of [item, ...all("*", item)]) {
      for (const a of ["name", "id", "for", "href", "aria-describedby", "aria-labelledby", "data-field", "data-preview"]) {
        const v = el.getAttribute(a);
        if (v) el.setAttribute(a, v.split(" ").map((w) => w.replace(named, `$1${i}`)).join(" "));
      }
      if (el.dataset.act) el.value = el.value.replace(acted, `$1${i}`);
    }
    const legend = $(":scope > legend", item);
    if (legend) legend.textContent = legend.textContent.replace(/\s*\d*\s*$/, ` ${i + 1}`);
  });
}
document.addEventListener("click", (e) => {
  const b = e.target.closest("button[data-act]");
  const list = b?.closest("[data-items]");
  if (!list) return;
  const item = b.closest(".item");
  let focus;
  switch (b.dataset.act) {
    case "add": {
      const blank = $(":scope > template", list);
      if (!blank) return; // let the server add it
      const fresh = blank.content.cloneNode(true);
      const added = $(".item", fresh);
      blank.before(fresh);
      focus = $("input, select, textarea", added);
      break;
    }
    case "remove":
      focus = $("input", item.nextElementSibling?.matches(".item") ? item.nextElementSibling : list) ?? $("[data-act=add]", list);
      item.remove();
      break;
    case "up":
      if (item.previousElementSibling?.matches(".item")) item.previousElementSibling.before(item);
      focus = b;
      break;
    case "down":
      if (item.nextElementSibling?.matches(".item")) item.nextElementSibling.after(item);
      focus = b;
      break;
    default:
      return;
  }
  e.preventDefault();
  renumber(list);
  focus?.focus();
  list.dispatchEvent(new Event("input", { bubbles: true }));
});

// Unsaved changes: ask before leaving.
for (const form of all("form[data-guard]")) {
  let changed = $(".error-summary") !== null;
  form.addEventListener("input", () => (changed = true));
  form.addEventListener("submit", () => (changed = false));
  addEventListener("beforeunload", (e) => {
    if (changed) e.preventDefault();
  });
}

// Preview of Markdown: the same button works without script as a plain submit.
document.addEventListener("click", async (e) => {
  const b = e.target.closest("button[data-preview]");
  const out = b && $(b.dataset.preview);
  if (!out) return;
  e.preventDefault();
  b.disabled = true;
  try {
    const body = new URLSearchParams();
    for (const [k, v] of new FormData(b.form)) if (typeof v === "string") body.append(k, v);
    if (b.name) body.append(b.name, b.value);
    if (b.dataset.field) body.append("field", b.dataset.field);
    const answer = await fetch(b.formAction, { method: "POST", body, headers: { Accept: "text/html", "X-Fragment": "preview" } });
    if (!answer.ok) throw new Error(String(answer.status));
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    out.replaceChildren(...page.body.childNodes);
  } catch {
    b.removeAttribute("data-preview"); // fall back to the plain way
    b.disabled = false;
    b.click();
    return;
  }
  b.disabled = false;
});

// Who may read this: what the mark does not allow cannot be ticked, and words and list follow the
// choice.
for (const picker of all(".picker")) {
  const comma = document.documentElement.lang.startsWith("zh") ? "、" : ", ";
  const own = () => $("input[name=readers][value=own]:checked, input[type=hidden][name=readers]", picker) !== null;
  const usual = $("[data-who]", picker)?.textContent;
  const follow = () => {
    const mark = $("input[name=mark]:checked", picker)?.value;
    let wide = false;
    for (const box of all("input[name=audience]", picker)) {
      box.disabled = Boolean(mark) && !box.dataset.marks.split(" ").includes(mark);
      if (box.disabled) box.checked = false;
      wide ||= box.disabled;
    }
    const told = $(".picker-wide", picker);
    if (told) told.hidden = !wide;
  };
  const name = () => {
    const names = all("input[name=audience]:checked", picker).map((box) => box.labels[0]?.textContent.trim());
    for (const el of all("[data-who]")) el.textContent = own() ? names.join(comma) || "…" : usual;
    const told = $("[data-reach]", picker);
    if (told) told.hidden = own(); // it stands below, for what is chosen
  };
  let soon;
  picker.addEventListener("change", () => {
    follow();
    name();
    clearTimeout(soon);
    if (own() && $("input[name=mark]:checked", picker) && $("input[name=audience]:checked", picker))
      soon = setTimeout(() => $("[data-preview]", picker)?.click(), 400);
  });
  follow();
}

// After a fault, begin at the list of faults.
$(".error-summary")?.focus();
