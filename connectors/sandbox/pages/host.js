// The desk's half of the framework's messages, for any app in the frame: what this page can tell and do.
(() => {
  const d = document;
  const [frame, opening, toast, reply, status, priority, tags] = ["app", "open", "toast", "reply", "status", "priority", "tags"]
    .map((id) => d.getElementById(id));
  const page = JSON.parse(frame.dataset.page), { origin } = frame.dataset, guid = page.context.instanceGuid;
  const wanted = new Set(), dark = matchMedia("(prefers-color-scheme: dark)");
  const tallest = 3000, seconds = 6;
  let fading;

  const scheme = () => d.documentElement.dataset.scheme ?? (dark.matches ? "dark" : "light");
  const say = (word) => frame.contentWindow.postMessage(JSON.stringify({ ...word, instanceGuid: guid }), origin);
  const tell = (event, message) => { if (wanted.has(event)) say({ key: `zaf.${event}`, message }); };
  const unknown = (name) => { throw new Error(`"${name}" No such Api`); };

  // Everything an app may ask for, as it stands in the form now; a closed ticket has no form.
  const draft = () => reply && { comment: { text: reply.value, useRichText: false } };
  const shown = () => ({
    ticket: {
      ...page.ticket,
      ...draft(),
      ...(status && { status: status.value }),
      ...(priority && { priority: priority.value || null }),
      ...(tags && { tags: tags.value.split(/\s+/).filter(Boolean) }),
    },
    currentUser: page.currentUser,
    ...draft(),
    colorScheme: scheme(),
  });
  const read = (path) => path.split(".").reduce(
    (at, name) => at !== null && typeof at === "object" && Object.hasOwn(at, name) ? at[name] : unknown(path), shown());

  const changed = (path) => {
    const newValue = read(path);
    tell(`${path}.changed`, newValue);
    tell("*.changed", { propertyName: path, newValue });
  };
  const append = (text) => {
    if (!reply) throw new Error("A closed ticket takes no reply");
    reply.value = reply.value ? `${reply.value.trimEnd()}\n\n${text}` : String(text);
    changed("comment.text");
  };

  const actions = {
    "ticket.comment.appendText": append,
    "comment.appendText": append,
    resize: ({ height }) => {
      const wish = Number.parseInt(height, 10);
      if (wish > 0) frame.style.height = `${Math.min(wish, tallest)}px`;
    },
    notify: (text, kind) => {
      toast.textContent = text;
      toast.className = `toast ${["alert", "error"].includes(kind) ? kind : ""}`;
      clearTimeout(fading);
      fading = setTimeout(() => { toast.textContent = ""; }, seconds * 1000);
    },
    // In a tab of its own, as in a real desk: what is typed here stays.
    routeTo: (place, id) => {
      if (place !== "ticket" || !/^\d{1,18}$/.test(id)) throw new Error("This desk opens tickets only");
      if (!open(`/agent/tickets/${id}${location.search}`)) throw new Error("The browser opens no other tab");
    },
    // The vendor's script tells of every click, and waits for an answer.
    track: () => null,
  };
  const act = (name, given) => Object.hasOwn(actions, name) ? actions[name](...given) : unknown(name);

  const each = (names, answer) => {
    const result = { errors: {} };
    for (const name of names) {
      try {
        result[name] = answer(name) ?? null;
      } catch (fault) {
        result.errors[name] = { name: "Error", message: fault.message };
      }
    }
    return result;
  };
  const requests = {
    get: (paths) => each(paths, read),
    set: (values) => each(Object.keys(values), unknown),
    invoke: (calls) => each(Object.keys(calls), (name) => act(name, calls[name])),
  };
  const answered = ({ request, params }) => {
    try {
      return { result: requests[request](params) };
    } catch {
      return { error: { name: "Error", message: "This request cannot be read" } };
    }
  };

  const heard = (key, message) => {
    const [, turn, event] = /^iframe\.(on|off):(.+)$/.exec(key) ?? [];
    if (key === "iframe.handshake") {
      wanted.clear();
      say({ key: "zaf.app.registered", message: { metadata: page.metadata, context: page.context } });
    } else if (turn === "on") wanted.add(event);
    else if (turn === "off" && !message?.subscriberCount) wanted.delete(event);
  };

  addEventListener("message", (event) => {
    if (event.source !== frame.contentWindow || event.origin !== origin || typeof event.data !== "string") return;
    let word;
    try {
      word = JSON.parse(event.data);
    } catch {
      return;
    }
    if (word?.appGuid !== guid) return;
    if (Object.hasOwn(requests, word.request)) say({ id: word.id, ...answered(word) });
    else if (typeof word.key === "string") heard(word.key, word.message);
  });

  for (const [field, turn, path] of [
    [reply, "input", "comment.text"],
    [status, "change", "ticket.status"],
    [priority, "change", "ticket.priority"],
    [tags, "change", "ticket.tags"],
  ]) field?.addEventListener(turn, () => changed(path));
  dark.addEventListener("change", () => tell("colorScheme.changed", scheme()));

  const address = new URL(opening.action);
  address.searchParams.set("colorScheme", scheme());
  opening.action = address.href;
  opening.submit();
})();
