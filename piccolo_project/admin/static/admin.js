// Adds to Piccolo Admin's page what it lacks. Loaded before that page, this listens to its requests
// and looks at its elements after each change. If a later release has other elements, nothing is
// found and nothing happens.
(() => {
  "use strict";

  // Until someone chooses light or dark, follow the system.
  if (localStorage.getItem("darkMode") === null && matchMedia("(prefers-color-scheme: dark)").matches)
    localStorage.setItem("darkMode", "true");

  const findElement = (selector) => document.querySelector(selector);
  const getStore = () => findElement("#app")?.__vue_app__?.config.globalProperties.$store;

  // #/videos/<id> is a row of a table, #/forms/<name> a form.
  function parseHash() {
    const [, table = "", row = ""] = location.hash.match(/^#\/([^/?]+)\/?([^/?]*)/) ?? [];
    return { table: decodeURIComponent(table), row: decodeURIComponent(row) };
  }

  function createElement(tag, properties, ...children) {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  }

  // ---- Updates that run after every change of the page. Running one twice must be harmless.
  const updates = [];
  new MutationObserver(() => updates.forEach((update) => update())).observe(document, {
    childList: true,
    subtree: true,
    characterData: true,
    attributeFilter: ["style"], // Shown and hidden elements.
  });
  for (const name of ["accessible", "media", "messages", "rows", "words"])
    import(`/static/admin/${name}.js`).then(({ updatePage }) => {
      const update = () => updatePage(getStore(), parseHash());
      updates.push(update);
      update();
    });

  // ---- Requests of the page. Listeners get the path after /admin/ and the finished request.
  const responseListeners = [];
  const { open, send } = XMLHttpRequest.prototype;

  // An export fetches as many pages as the count says, so that count must be exact.
  const COUNT = /^api\/tables\/\w+\/count\/$/;
  let isExport = false;
  document.addEventListener(
    "click",
    (event) => (isExport ||= !!event.target.closest?.("[data-uitest=download_csv_button]")),
    true,
  );

  XMLHttpRequest.prototype.open = function (method, url, ...others) {
    const target = new URL(url, document.baseURI);
    this.path = target.pathname.replace(/^\/admin\//, "");
    this.isRead = method.toUpperCase() === "GET";
    if (isExport && COUNT.test(this.path)) {
      isExport = false;
      target.searchParams.set("__page_size", 1000);
    }
    return open.call(this, method, target.href, ...others);
  };

  XMLHttpRequest.prototype.send = function (body) {
    showWorking(this);
    if (this.isRead) hideForm(this);
    this.addEventListener("load", () => responseListeners.forEach((listen) => listen(this.path, this)));
    return send.call(this, keepTouchedFields(this, body));
  };

  // The page sends every field of a row back. Fields that were not touched are left out, since a job
  // or another person may have changed them. The rest goes with the exact updated_at, so that nobody
  // overwrites a later save; the page truncates it to seconds and keeps the old one after saving.
  const ROW = /^api\/tables\/\w+\/[0-9a-f-]{36}\/$/;
  let openRow = {};
  let originalFields = {}; // Field → its value when the form was shown or last saved.
  responseListeners.push((path, request) => {
    if (!ROW.test(path) || request.status !== 200) return;
    // A save without changes still shows the row as it was opened.
    if (!request.isRead && (path !== openRow.path || !request.saved)) return;
    openRow = { path, updated_at: JSON.parse(request.responseText).updated_at };
    originalFields = request.saved ?? {};
  });

  const findRowForm = () => findElement("form:has([data-uitest=save_button])");
  function readFields() {
    const found = {};
    for (const [name, value] of findRowForm() ? new FormData(findRowForm()) : []) (found[name] ??= []).push(value);
    return found;
  }

  // Rows edited in a listing have no form: everything sent was chosen.
  function keepTouchedFields(request, body) {
    if (request.path !== openRow.path || typeof body !== "string" || !findRowForm()) return body;
    const now = readFields();
    const isTouched = ([name]) => JSON.stringify(now[name]) !== JSON.stringify(originalFields[name]);
    const touched = Object.entries(JSON.parse(body)).filter(isTouched);
    if (touched.length) request.saved = now;
    const row = Object.fromEntries(touched);
    return JSON.stringify(openRow.updated_at ? { ...row, updated_at: openRow.updated_at } : row);
  }

  // ---- A row's form stays hidden until its schema and row have loaded. Until then the page shows an
  // empty form or the previous row; typing would be overwritten, and Save would write the wrong row.
  const FORM_PART = /^api\/tables\/\w+\/(?:(schema)|new|[0-9a-f-]{36})\/$/;
  const pending = new Map();

  function hideForm(request) {
    const [path, part = "row"] = request.path.match(FORM_PART) ?? [];
    if (!path) return;
    // Otherwise an earlier request could finish last and replace this one.
    pending.get(part)?.abort();
    pending.set(part, request);
    document.documentElement.dataset.pending = [...pending.keys()];
    request.addEventListener("load", () => request.status === 200 && setTimeout(showForm, 0, part, request));
  }

  // A later request may be under way.
  function showForm(part, request) {
    if (pending.get(part) !== request) return;
    pending.delete(part);
    document.documentElement.dataset.pending = [...pending.keys()];
    if (!pending.size) originalFields = readFields();
  }

  // The server's error message, from any of the formats it uses.
  async function readErrorMessage(request) {
    try {
      const body = request.response instanceof Blob ? await request.response.text() : request.response;
      if (request.getResponseHeader("Content-Type").startsWith("text/plain")) return body;
      const error = JSON.parse(body);
      return [error.db_error, error.custom_form_error, error.detail].find((text) => typeof text === "string") ?? "";
    } catch {
      return "";
    }
  }

  // ---- Signing in: the page only says "Problem logging in", for three seconds.
  const SIGN_IN_MESSAGES = {
    "Login failed": "Wrong email address or password.",
    "MFA code required": "Enter the code from your authenticator app.",
    "MFA failed": "This code is wrong or has expired.",
  };
  let notice = "";
  let isSignedIn = false;

  responseListeners.push(async (path, request) => {
    if (path === "public/login/") notice = await describeSignInError(request);
    else if (path === "api/user/" && request.status === 200) returnToNextPage();
    else if (request.status === 401 && isSignedIn) {
      isSignedIn = false;
      notice = "Your session has ended. Sign in again.";
    }
    showNotice();
  });

  async function describeSignInError(request) {
    if (request.status < 400) return "";
    const message = await readErrorMessage(request);
    return SIGN_IN_MESSAGES[message] ?? (message || `The server answered ${request.status}.`);
  }

  // Back to the page that sent people here, if `next` is on this site.
  function returnToNextPage() {
    isSignedIn = true;
    notice = "";
    const next = new URLSearchParams(location.search).get("next") ?? "";
    if (!next.startsWith("/") || !URL.canParse(next, location.origin)) return;
    const target = new URL(next, location.origin);
    if (target.origin === location.origin) location.replace(target);
  }

  function showNotice() {
    const form = findElement("#login form");
    if (!form) return;
    if (!form.querySelector(".notice")) form.prepend(createElement("p", { className: "notice", role: "alert" }));
    const element = form.querySelector(".notice");
    if (element.textContent !== notice) element.textContent = notice;
  }
  updates.push(showNotice);

  // ---- A submitted form shows that it is working, and cannot be sent twice.
  let submitted = null;
  document.addEventListener("submit", (event) => (submitted = event.target), true);

  function showWorking(request) {
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

  // Screen readers only announce a live region that existed before its text.
  updates.push(() => {
    for (const form of document.querySelectorAll("form:not(:has(.working))"))
      form.append(createElement("p", { className: "working", role: "status" }));
  });

  // ---- Errors: only the message, also where the page would show the response's type.
  let lastError = "";
  responseListeners.push(async (path, request) => {
    if (request.status < 400) return;
    lastError = "";
    lastError = (await readErrorMessage(request)) || `The server answered ${request.status}.`;
    replaceErrors();
  });
  function replaceErrors() {
    for (const item of document.querySelectorAll(".errors li")) {
      const text = item.textContent.replace(/^Database error: /, "");
      const message = /^\{.*\}$/.test(text) ? lastError || text : text;
      if (item.textContent !== message) item.textContent = message;
    }
  }
  updates.push(replaceErrors);

  // The page has its own messages for these.
  const HANDLED_BY_PAGE = [401, 404, 405, 502];

  // Errors the page does not catch, such as a refused delete in a listing, would only reach the
  // console.
  updates.push(() => {
    const config = findElement("#app")?.__vue_app__?.config;
    if (!config || config.errorHandler) return;
    config.errorHandler = async (error) => {
      if (!error?.isAxiosError) return console.error(error);
      if (error.code === "ECONNABORTED" || HANDLED_BY_PAGE.includes(error.response?.status)) return;
      const contents = error.response
        ? (await readErrorMessage(error.request)) || `The server answered ${error.response.status}.`
        : "The server did not answer.";
      getStore()?.commit("updateApiResponseMessage", { contents, type: "error" });
    };
  });

  // ---- Deleting says what else is deleted. confirm() cannot wait for that, so the click waits.
  const confirm = window.confirm.bind(window);
  let deletionMessage = "";
  window.confirm = (question) => confirm(deletionMessage ? `${deletionMessage}\n\n${question}` : question);

  let isAsking = false;
  document.addEventListener(
    "click",
    async (event) => {
      const link = event.target.closest?.("a#delete, a.button[title='Delete selected Rows']");
      if (!link || deletionMessage) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      if (isAsking) return;
      isAsking = true;
      deletionMessage = await fetchDeletionMessage(parseHash().table, findSelectedIds(link));
      isAsking = false;
      link.click();
      deletionMessage = "";
    },
    true,
  );

  function findSelectedIds(link) {
    const box = "input[type=checkbox]";
    const row = link.closest("tr")?.querySelector(box);
    const rows = row ? [row] : [...document.querySelectorAll(`.table_wrapper tbody ${box}:checked`)];
    return rows.length ? rows.map(({ value }) => value) : [parseHash().row];
  }

  async function fetchDeletionMessage(table, ids) {
    const address = `/admin/api/tables/${table}/deletion/?ids=${ids.join(",")}`;
    const unknown = "Reelbase could not determine what else this deletes.";
    try {
      const response = await fetch(address, { signal: AbortSignal.timeout(10_000) });
      return (await response.json()).sentence || unknown;
    } catch {
      return unknown;
    }
  }

  // ---- Counts: estimates say so, digits are grouped, and one result is no "results".
  let isEstimate = false;
  responseListeners.push((path, request) => {
    if (COUNT.test(path) && request.status === 200)
      isEstimate = JSON.parse(request.responseText).is_estimate === true;
  });
  updates.push(() => {
    for (const count of document.querySelectorAll("#result_count, #pagination .count")) {
      const text = count.textContent.replace(/\bof (\d+)(?![\d,])/, (_, digits) => {
        const number = Number(digits).toLocaleString("en");
        return `of ${isEstimate ? "about " : ""}${number}`;
      }).replace(/\bof 1 results$/, "of 1 result");
      if (text !== count.textContent) count.textContent = text;
    }
  });
})();
