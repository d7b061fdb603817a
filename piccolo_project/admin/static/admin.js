// What Piccolo Admin's own page lacks. It is loaded before that page and changes it from outside:
// it hears the page's requests, and looks at its elements after each change. When another release
// has other elements, nothing is found here and nothing is done.
(() => {
  "use strict";

  // Who never chose between light and dark has what the system has.
  if (localStorage.getItem("darkMode") === null && matchMedia("(prefers-color-scheme: dark)").matches)
    localStorage.setItem("darkMode", "true");

  const find = (selector) => document.querySelector(selector);
  const store = () => find("#app")?.__vue_app__?.config.globalProperties.$store;

  // #/videos/<id> is the row of a table, #/forms/<name> a form.
  function place() {
    const [, table = "", row = ""] = location.hash.match(/^#\/([^/?]+)\/?([^/?]*)/) ?? [];
    return { table: decodeURIComponent(table), row: decodeURIComponent(row) };
  }

  function make(tag, properties, ...children) {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  }

  // ---- What is looked at after each change of the page. All of it may be done twice.
  const passes = [];
  new MutationObserver(() => passes.forEach((pass) => pass())).observe(document, {
    childList: true,
    subtree: true,
    characterData: true,
    attributeFilter: ["style"], // What is shown and hidden.
  });
  for (const name of ["accessible", "media", "messages", "rows", "words"])
    import(`/static/admin/${name}.js`).then(({ mend }) => {
      const pass = () => mend(store(), place());
      passes.push(pass);
      pass();
    });

  // ---- Every request of the page. `heard` are told each answer, and the path after /admin/.
  const heard = [];
  const { open, send } = XMLHttpRequest.prototype;

  // A file has as many pages as the count says, so that one is not estimated.
  const COUNT = /^api\/tables\/\w+\/count\/$/;
  let isExport = false;
  document.addEventListener(
    "click",
    (event) => (isExport ||= !!event.target.closest?.("[data-uitest=download_csv_button]")),
    true,
  );

  XMLHttpRequest.prototype.open = function (method, url, ...others) {
    const asked = new URL(url, document.baseURI);
    this.path = asked.pathname.replace(/^\/admin\//, "");
    this.isRead = method.toUpperCase() === "GET";
    if (isExport && COUNT.test(this.path)) {
      isExport = false;
      asked.searchParams.set("__page_size", 1000);
    }
    return open.call(this, method, asked.href, ...others);
  };

  XMLHttpRequest.prototype.send = function (body) {
    showWork(this);
    if (this.isRead) hideForm(this);
    this.addEventListener("load", () => heard.forEach((hear) => hear(this.path, this)));
    return send.call(this, exact(this, body));
  };

  // The page sends all fields of a row back. What nobody touched is left out: a job or another person
  // may have moved it on. With the rest goes the time of the last change, so that nobody overwrites
  // what another has saved since; the page cuts it to seconds, and keeps it after a save of its own.
  const ROW = /^api\/tables\/\w+\/[0-9a-f-]{36}\/$/;
  let seen = {};
  let filledIn = {}; // Field → what it had when the form was shown, or when it was saved.
  heard.push((path, request) => {
    if (!ROW.test(path) || request.status !== 200) return;
    // What was saved without a change still shows the row as it was opened.
    if (!request.isRead && (path !== seen.path || !request.saved)) return;
    seen = { path, updated_at: JSON.parse(request.responseText).updated_at };
    filledIn = request.saved ?? {};
  });

  const rowForm = () => find("form:has([data-uitest=save_button])");
  function fields() {
    const found = {};
    for (const [name, value] of rowForm() ? new FormData(rowForm()) : []) (found[name] ??= []).push(value);
    return found;
  }

  // Rows that are changed in a listing have no form: there all that is sent was chosen.
  function exact(request, body) {
    if (request.path !== seen.path || typeof body !== "string" || !rowForm()) return body;
    const now = fields();
    const isTouched = ([name]) => JSON.stringify(now[name]) !== JSON.stringify(filledIn[name]);
    const touched = Object.entries(JSON.parse(body)).filter(isTouched);
    if (touched.length) request.saved = now;
    const row = Object.fromEntries(touched);
    return JSON.stringify(seen.updated_at ? { ...row, updated_at: seen.updated_at } : row);
  }

  // ---- A form is shown when all that belongs in it is there. Until then the page has an empty one,
  // or the row before; what is typed into it is overwritten, and Save writes it to the wrong row.
  const FILLING = /^api\/tables\/\w+\/(?:(schema)|new|[0-9a-f-]{36})\/$/;
  const missing = new Map();

  function hideForm(request) {
    const [path, part = "row"] = request.path.match(FILLING) ?? [];
    if (!path) return;
    // Else it might be answered last, and be shown in the place of this one.
    missing.get(part)?.abort();
    missing.set(part, request);
    document.documentElement.dataset.missing = [...missing.keys()];
    request.addEventListener("load", () => request.status === 200 && setTimeout(showForm, 0, part, request));
  }

  // A later row may be on its way already.
  function showForm(part, request) {
    if (missing.get(part) !== request) return;
    missing.delete(part);
    document.documentElement.dataset.missing = [...missing.keys()];
    if (!missing.size) filledIn = fields();
  }

  // The sentence of an answer, in whichever of the server's ways it is told.
  async function sentence(request) {
    try {
      const body = request.response instanceof Blob ? await request.response.text() : request.response;
      if (request.getResponseHeader("Content-Type").startsWith("text/plain")) return body;
      const told = JSON.parse(body);
      return [told.db_error, told.custom_form_error, told.detail].find((one) => typeof one === "string") ?? "";
    } catch {
      return "";
    }
  }

  // ---- Signing in: the page says no more than "Problem logging in", and that for three seconds.
  const WORDS = {
    "Login failed": "The email address or the password is not right.",
    "MFA code required": "Now the code that your authenticator app shows.",
    "MFA failed": "This code is not right, or no longer.",
  };
  let notice = "";
  let isSignedIn = false;

  heard.push(async (path, request) => {
    if (path === "public/login/") notice = await tellSignIn(request);
    else if (path === "api/user/" && request.status === 200) enter();
    else if (request.status === 401 && isSignedIn) {
      isSignedIn = false;
      notice = "Your session has ended: sign in again.";
    }
    showNotice();
  });

  async function tellSignIn(request) {
    if (request.status < 400) return "";
    const said = await sentence(request);
    return WORDS[said] ?? (said || `The server answered ${request.status}.`);
  }

  // To the page that sent here; to a path of this program alone, however it is written.
  function enter() {
    isSignedIn = true;
    notice = "";
    const next = new URLSearchParams(location.search).get("next") ?? "";
    if (!next.startsWith("/") || !URL.canParse(next, location.origin)) return;
    const target = new URL(next, location.origin);
    if (target.origin === location.origin) location.replace(target);
  }

  function showNotice() {
    const form = find("#login form");
    if (!form) return;
    if (!form.querySelector(".told")) form.prepend(make("p", { className: "told", role: "alert" }));
    const told = form.querySelector(".told");
    if (told.textContent !== notice) told.textContent = notice;
  }
  passes.push(showNotice);

  // ---- A form that was sent says so, and is not sent twice, until its answer is there.
  let submitted = null;
  document.addEventListener("submit", (event) => (submitted = event.target), true);

  function showWork(request) {
    const button = submitted?.querySelector("button:not(:disabled)");
    const status = submitted?.querySelector(".working");
    submitted = null;
    if (!button || !status) return;
    button.disabled = true;
    status.textContent = "Working…";
    request.addEventListener("loadend", () => {
      button.disabled = false;
      status.textContent = "";
    });
  }

  // A live region is read out only when it was there before its words.
  passes.push(() => {
    for (const form of document.querySelectorAll("form:not(:has(.working))"))
      form.append(make("p", { className: "working", role: "status" }));
  });

  // ---- Errors: the sentence alone, and one also where the page has nothing but the body's type.
  let fault = "";
  heard.push(async (path, request) => {
    if (request.status < 400) return;
    fault = "";
    fault = (await sentence(request)) || `The server answered ${request.status}.`;
    reword();
  });
  function reword() {
    for (const item of document.querySelectorAll(".errors li")) {
      const text = item.textContent.replace(/^Database error: /, "");
      const said = /^\{.*\}$/.test(text) ? fault || text : text;
      if (item.textContent !== said) item.textContent = said;
    }
  }
  passes.push(reword);

  // Of these the page says something itself.
  const TOLD = [401, 404, 405, 502];

  // What the page forgets to catch, as a delete that is refused in a listing, it would write to the
  // console alone.
  passes.push(() => {
    const config = find("#app")?.__vue_app__?.config;
    if (!config || config.errorHandler) return;
    config.errorHandler = async (error) => {
      if (!error?.isAxiosError) return console.error(error);
      if (error.code === "ECONNABORTED" || TOLD.includes(error.response?.status)) return;
      const contents = error.response
        ? (await sentence(error.request)) || `The server answered ${error.response.status}.`
        : "The server did not answer.";
      store()?.commit("updateApiResponseMessage", { contents, type: "error" });
    };
  });

  // ---- Deleting says what goes along. confirm() cannot wait for it: so the click does.
  const confirm = window.confirm.bind(window);
  let announcement = "";
  window.confirm = (question) => confirm(announcement ? `${announcement}\n\n${question}` : question);

  let isAsking = false;
  document.addEventListener(
    "click",
    async (event) => {
      const link = event.target.closest?.("a#delete, a.button[title='Delete selected Rows']");
      if (!link || announcement) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      if (isAsking) return;
      isAsking = true;
      announcement = await announce(place().table, chosen(link));
      isAsking = false;
      link.click();
      announcement = "";
    },
    true,
  );

  function chosen(link) {
    const box = "input[type=checkbox]";
    const row = link.closest("tr")?.querySelector(box);
    const rows = row ? [row] : [...document.querySelectorAll(`.table_wrapper tbody ${box}:checked`)];
    return rows.length ? rows.map((one) => one.value) : [place().row];
  }

  async function announce(table, ids) {
    const address = `/admin/api/tables/${table}/deletion/?ids=${ids.join(",")}`;
    const unknown = "It could not be found out what would be deleted along with this.";
    try {
      const answer = await fetch(address, { signal: AbortSignal.timeout(10_000) });
      return (await answer.json()).sentence || unknown;
    } catch {
      return unknown;
    }
  }

  // ---- A count that was estimated says so; all have their digits in groups.
  let isEstimate = false;
  heard.push((path, request) => {
    if (COUNT.test(path) && request.status === 200)
      isEstimate = JSON.parse(request.responseText).is_estimate === true;
  });
  passes.push(() => {
    for (const count of document.querySelectorAll("#result_count, #pagination .count")) {
      const text = count.textContent.replace(/\bof (\d+)(?![\d,])/, (_, digits) => {
        const number = Number(digits).toLocaleString("en");
        return `of ${isEstimate ? "about " : ""}${number}`;
      });
      if (text !== count.textContent) count.textContent = text;
    }
  });
})();
