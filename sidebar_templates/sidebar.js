(() => {
  const d = document, main = d.querySelector("main"), live = d.getElementById("live");
  const { origin, guid, pass } = d.body.dataset, host = origin && parent !== window;
  let { ticket } = d.body.dataset, words = d.getElementById("words"), { locale } = words.dataset;
  const asked = new Map();
  let turn = 0, calls = 0, skew = 0;

  const say = text => { live.textContent = ""; setTimeout(() => live.textContent = text, 60); };
  const speak = spot => { d.documentElement.lang = spot.lang; d.documentElement.dir = spot.dir; };
  const show = id => {
    speak(words);
    main.replaceChildren(d.getElementById(id).content.cloneNode(true));
  };

  const tell = word => parent.postMessage(JSON.stringify({ ...word, appGuid: guid, instanceGuid: guid }), origin);

  const ask = (request, params, done, patience = 3000) => {
    const id = "deskcue-" + ++calls;
    if (done) {
      const late = setTimeout(() => asked.get(id)(), patience);
      asked.set(id, result => { clearTimeout(late); asked.delete(id); done(result); });
    }
    tell({ id, request, params });
  };
  const invoke = (name, args, done) => ask("invoke", { [name]: args }, done);

  const fetched = (path, headers, more) => fetch(
    "sidebar/" + path + "?" + new URLSearchParams({ origin, locale }),
    { signal: AbortSignal.timeout(3000), credentials: "omit", ...more,
      headers: { ...headers, ...(pass && { Authorization: "Bearer " + pass }) } });

  const listen = async said => {
    locale = said;
    if (said.split("-")[0] === words.lang) return;
    try {
      const answer = await fetched("words");
      if (!answer.ok) return;
      words.outerHTML = await answer.text();
      words = d.getElementById("words");
      d.title = words.dataset.title;
      if (!ticket) show("none");
    } catch {}
  };

  const tick = () => {
    for (const spot of main.querySelectorAll("[data-at]")) {
      const left = Math.trunc(spot.dataset.at - Date.now() / 1000 - skew), long = Math.abs(left);
      const [size, unit] = long < 7200 ? [60, "minute"] : long < 172800 ? [3600, "hour"] : [86400, "day"];
      const count = Math.max(1, Math.floor(long / size)) * (left < 0 ? -1 : 1);
      spot.textContent = new Intl.RelativeTimeFormat(main.firstElementChild.dataset.locale).format(count, unit);
      const row = spot.closest(".due");
      if (row) row.classList.toggle("urgent", left < 3600);
    }
  };

  const load = async again => {
    const mine = ++turn;
    const code = (crypto.getRandomValues(new Uint32Array(1))[0] >>> 8).toString(16).padStart(6, 0).toUpperCase();
    const reference = code.slice(0, 4) + "-" + code.slice(4);
    main.ariaBusy = true;
    const tall = main.children[0]?.offsetHeight;
    show("wait");
    if (tall) main.children[0].style.height = tall + "px";
    try {
      const answer = await fetched("tickets/" + ticket, { "X-Reference": reference });
      const html = await answer.text();
      if (mine !== turn) return;
      if (answer.status === 401) show("over");
      else if (!answer.ok) throw 0;
      else {
        main.innerHTML = html;
        const advice = main.firstElementChild;
        speak(advice);
        skew = advice.dataset.now - Date.now() / 1000;
        say(advice.dataset.say);
      }
    } catch {
      if (mine !== turn) return;
      show("down");
      main.querySelector("[data-ref]").textContent = reference;
    }
    main.ariaBusy = null;
    if (again) main.focus();
  };

  const post = (what, body) => fetched("tickets/" + ticket + "/" + what, { "Content-Type": "application/json" },
    { method: "POST", body: JSON.stringify(body) }).catch(() => ({}));

  const judge = async (box, verdict) => {
    const mine = turn, wrong = verdict === "wrong", part = box.querySelector(":checked");
    const [acts, thanks, failed] = box.querySelectorAll(".acts,p");
    const { ok, status } = await post("feedback", { shown: box.dataset.ask, verdict,
      part: wrong ? part ? part.value : "other" : "", line: wrong ? box.querySelector("[type=text]").value : "" });
    if (mine !== turn) return;
    if (status === 401) return show("over");
    if (status === 409) return load();
    acts.hidden = failed.hidden = ok;
    thanks.hidden = !ok;
    (ok ? thanks : failed).focus();
  };

  const check = async result => {
    const mine = turn, spot = d.getElementById("draft");
    const answer = !result ? {} : await post("draft",
      { text: String(result["ticket.comment.text"] || ""), rich: result["ticket.comment.useRichText"] === true });
    const html = answer.ok && await answer.text().catch(() => "");
    if (mine !== turn) return;
    if (answer.status === 401) return show("over");
    if (html) spot.innerHTML = html;
    else spot.textContent = words.dataset.unchecked;
    say((spot.firstElementChild || spot).textContent);
  };

  const copy = (spot, text) => {
    const put = event => { event.clipboardData.setData("text/plain", text); event.preventDefault(); };
    getSelection().selectAllChildren(spot);
    d.addEventListener("copy", put);
    const done = d.execCommand("copy");
    d.removeEventListener("copy", put);
    getSelection().removeAllRanges();
    return done;
  };

  main.addEventListener("click", event => {
    const button = event.target.closest("[data-act]");
    if (!button) return;
    const act = button.dataset.act, spot = d.getElementById("sample"), text = spot && spot.textContent;
    const told = words.dataset;
    if (act === "again") load(true);
    else if (act === "open") invoke("routeTo", ["ticket", button.dataset.ticket]);
    else if (act === "right" || act === "wrong") judge(button.closest("section"), act);
    else if (act === "check") ask("get", ["ticket.comment.text", "ticket.comment.useRichText"], check);
    else if (act === "copy") say(copy(spot, text) ? told.copied : told.uncopied);
    else invoke("ticket.comment.appendText", [text],
      good => say(good ? told.inserted : told.uninserted));
  });

  const heard = (key, message) => {
    if (key === "zaf.app.registered") {
      for (const event of ["ticket.requester.id.changed", "app.activated", "colorScheme.changed"])
        tell({ key: "iframe.on:" + event, message: { subscriberCount: 1 } });
      const found = String(((message || {}).context || {}).ticketId || "");
      ask("get", ["currentUser.locale"], result => {
        if (result) listen(String(result["currentUser.locale"]));
        if (/^[1-9]\d{0,18}$/.test(found) && found !== ticket) { ticket = found; load(); }
        else if (!ticket) show("none");
      }, 400);
    } else if (key === "zaf.colorScheme.changed") {
      const scheme = typeof message === "string" ? message : (message || {}).newValue;
      if (scheme === "light" || scheme === "dark") d.documentElement.dataset.scheme = scheme;
    } else if (ticket && (key === "zaf.ticket.requester.id.changed" || key === "zaf.app.activated")) load();
  };

  if (host) {
    addEventListener("message", event => {
      if (event.source !== parent || event.origin !== origin) return;
      let word;
      try { word = JSON.parse(event.data); } catch { return; }
      const done = word && asked.get(word.id), result = (word || {}).result || {};
      if (done) done(!word.error && !Object.keys(result.errors || {}).length && result);
      else if (word && typeof word.key === "string") heard(word.key, word.message);
    });
    new ResizeObserver(() =>
      invoke("resize", [{ width: "100%", height: d.body.offsetHeight + "px" }])).observe(d.body);
  }
  setInterval(tick, 60000);
  delete d.body.dataset.pass;
  if (ticket) load();
  else if (host && pass) { show("wait"); tell({ key: "iframe.handshake", message: { version: "deskcue" } }); }
})();
