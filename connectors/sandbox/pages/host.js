// The desk's half of the frame's message protocol: only what the sidebar uses is understood.
(() => {
  const frame = document.getElementById("app");
  const reply = document.getElementById("reply");
  const origin = frame.dataset.origin;
  const tallest = 3000;

  const actions = {
    "ticket.comment.appendText": ([text]) => {
      if (!reply) throw new Error("A closed ticket takes no reply");
      reply.value = reply.value ? `${reply.value.trimEnd()}\n\n${text}` : String(text);
      return null;
    },
    resize: ([size]) => {
      const height = Number.parseInt(size.height, 10);
      if (height > 0) frame.style.height = `${Math.min(height, tallest)}px`;
      return null;
    },
  };

  const run = (params) => {
    const result = { errors: {} };
    for (const [name, given] of Object.entries(params)) {
      try {
        if (!Object.hasOwn(actions, name)) throw new Error(`"${name}" No such Api`);
        result[name] = actions[name](given);
      } catch (fault) {
        result.errors[name] = { message: fault.message };
      }
    }
    return result;
  };

  addEventListener("message", (event) => {
    if (event.source !== frame.contentWindow || event.origin !== origin || typeof event.data !== "string") return;
    let asked;
    try {
      asked = JSON.parse(event.data);
    } catch {
      return;
    }
    if (asked?.request !== "invoke" || typeof asked.params !== "object" || asked.params === null) return;
    event.source.postMessage(JSON.stringify({ id: asked.id, result: run(asked.params) }), origin);
  });

  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const address = new URL(frame.dataset.address);
  address.searchParams.set("colorScheme", document.documentElement.dataset.scheme ?? (dark ? "dark" : "light"));
  frame.src = address.href;
})();
