(() => {
  const d = document, by = id => d.getElementById(id), main = d.querySelector("main"), live = by("live");
  const root = d.documentElement, { origin, guid, pass } = d.body.dataset, host = origin && parent !== window;
  const places = { new_ticket_sidebar: ["customers", "ticket.requester"], user_sidebar: ["customers", "user.id"],
    organization_sidebar: ["organizations", "organization.id"] }, asked = new Map();
  let { subject } = d.body.dataset, kind, wish, words = by("words"), { locale } = words.dataset;
  let turn = 0, calls = 0, skew = 0;

  const say = text => { live.textContent = ""; setTimeout(() => live.textContent = text, 60); };
  const speak = ({ lang, dir }) => Object.assign(root, { lang, dir });
  const show = id => {
    speak(words);
    main.ariaBusy = id === "wait" || null;
    main.replaceChildren(by(id).content.cloneNode(true));
  };

  const tell = word => parent.postMessage(JSON.stringify({ ...word, appGuid: guid, instanceGuid: guid }), origin);

  const ask = (request, params, done, patience = 3000) => {
    const id = "deskcue-" + ++calls, late = setTimeout(() => asked.get(id)(), patience);
    asked.set(id, result => { clearTimeout(late); asked.delete(id); done?.(result); });
    tell({ id, request, params });
  };
  const invoke = (name, args, done) => ask("invoke", { [name]: args }, done);

  const fetched = (path, headers, body) => fetch(`sidebar/${path}?${new URLSearchParams({ origin, locale })}`,
    { signal: AbortSignal.timeout(3000), credentials: "omit", method: body && "POST", body,
      headers: { ...headers, ...(pass && { Authorization: "Bearer " + pass }) } });

  const listen = async said => {
    locale = said;
    if (said.split("-")[0] === words.lang) return;
    try {
      const answer = await fetched("words");
      if (!answer.ok) return;
      words.outerHTML = await answer.text();
      words = by("words");
      d.title = words.dataset.title;
      if (!subject && !main.ariaBusy) show("none");
    } catch {}
  };

  const tick = () => {
    for (const spot of main.querySelectorAll("[data-at]")) {
      const left = Math.trunc(spot.dataset.at - Date.now() / 1000 - skew), long = Math.abs(left);
      const [size, unit] = long < 7200 ? [60, "minute"] : long < 172800 ? [3600, "hour"] : [86400, "day"];
      const count = Math.trunc(left / size) || (left < 0 ? -1 : 1);
      spot.textContent = new Intl.RelativeTimeFormat(main.firstElementChild.dataset.locale).format(count, unit);
      spot.closest(".due")?.classList.toggle("urgent", left < 3600);
    }
  };

  const load = async again => {
    const mine = ++turn, reference = crypto.randomUUID().slice(4, 11).toUpperCase();
    const tall = main.children[0]?.offsetHeight;
    show("wait");
    if (tall) main.children[0].style.height = tall + "px";
    try {
      const answer = await fetched(subject, { "X-Reference": reference }), html = await answer.text();
      if (mine !== turn) return;
      if (answer.status === 401) show("over");
      else if (!answer.ok) throw 0;
      else {
        main.innerHTML = html;
        main.ariaBusy = null;
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
    if (again) main.focus();
  };

  const find = (ticket, again) => {
    const mine = wish ? ++turn : turn;
    if (wish) show("wait");
    ask("get", ["currentUser.locale"].concat(wish ?? []), told => {
      if (mine !== turn) return;
      const { "currentUser.locale": spoken, [wish]: it = ticket } = told ?? {}, id = it?.id ?? it;
      if (spoken) listen(String(spoken));
      if (/^[1-9]\d*$/.test(id)) subject = kind + "/" + id;
      else if (wish) subject = told && wish === "ticket.requester" ? "" : kind + "/0";
      if (subject) return load(again);
      show("none");
      if (again) main.focus();
    }, wish ? 3000 : 400);
  };
  const open = again => wish ? find(0, again) : subject && load(again);

  const post = (what, body) => fetched(subject + "/" + what, { "Content-Type": "application/json" },
    JSON.stringify(body)).catch(() => ({}));

  const judge = async (box, verdict) => {
    const mine = turn, [acts, thanks, failed] = box.querySelectorAll(".acts,p");
    const { ok, status } = await post("feedback", { shown: box.dataset.ask, verdict, ...(verdict === "wrong" && {
      part: box.querySelector(":checked")?.value ?? "other", line: box.querySelector("[type=text]").value }) });
    if (mine !== turn) return;
    if (status === 401) return show("over");
    if (status === 409) return load();
    acts.hidden = failed.hidden = ok;
    thanks.hidden = !ok;
    (ok ? thanks : failed).focus();
  };

  const check = async told => {
    const mine = turn, spot = by("draft"), text = told?.["ticket.comment.text"];
    const answer = text == null ? {} : await post("draft", { text, rich: !!told["ticket.comment.useRichText"] });
    const html = answer.ok && await answer.text().catch(() => "");
    if (mine !== turn) return;
    if (answer.status === 401) return show("over");
    if (html) spot.innerHTML = html;
    else spot.textContent = words.dataset.unchecked;
    say((spot.firstElementChild ?? spot).textContent);
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
    const { act, ticket } = button.dataset, spot = by("sample"), text = spot?.textContent, told = words.dataset;
    if (act === "again") open(true);
    else if (act === "open") invoke("routeTo", ["ticket", ticket]);
    else if (/right|wrong/.test(act)) judge(button.closest("section"), act);
    else if (act === "check") ask("get", ["ticket.comment.text", "ticket.comment.useRichText"], check);
    else if (act === "copy") say(copy(spot, text) ? told.copied : told.uncopied);
    else invoke("ticket.comment.appendText", [text],
      good => say(good && !Object.keys(good.errors ?? {})[0] ? told.inserted : told.uninserted));
  });

  const heard = (key, message) => {
    if (key === "zaf.app.registered") {
      for (const event of ["ticket.requester.id.changed", "app.activated", "colorScheme.changed"])
        tell({ key: "iframe.on:" + event, message: { subscriberCount: 1 } });
      const { location, ticketId } = message.context;
      [kind, wish] = places[location] ?? ["tickets"];
      find(ticketId);
    } else if (key === "zaf.colorScheme.changed") {
      const scheme = message?.newValue ?? message;
      if (/^(light|dark)$/.test(scheme)) root.dataset.scheme = scheme;
    } else if (/requester|[.]activated/.test(key)) open();
  };

  if (host) {
    addEventListener("message", event => {
      if (event.source !== parent || event.origin !== origin) return;
      let word;
      try { word = JSON.parse(event.data); } catch { return; }
      const done = asked.get(word?.id);
      if (done) done(word.result);
      else heard(word?.key, word?.message);
    });
    new ResizeObserver(() =>
      invoke("resize", [{ width: "100%", height: d.body.offsetHeight + "px" }])).observe(d.body);
  }
  setInterval(tick, 60000);
  delete d.body.dataset.pass;
  if (subject) load();
  else if (host && pass) { show("wait"); tell({ key: "iframe.handshake", message: { version: "deskcue" } }); }
})();
