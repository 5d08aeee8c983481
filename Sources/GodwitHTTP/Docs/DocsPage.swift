// Written by Scripts/openapi from page.html. Change that, and run `make openapi`.
// swift-format-ignore-file

/// Shows the description to people.
enum DocsPage {
    static let html = ###"""
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Godwit API</title>
<style>
:root {
  --paper: #fff; --shade: #f4f5f7; --line: #dfe2e7; --ink: #1b1f26; --soft: #59616e; --link: #0b57a8;
  --get: #0a6e4f; --post: #0b57a8; --put: #8a5300; --patch: #6b3fa0; --delete: #b3261e;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14171c; --shade: #1c2027; --line: #323842; --ink: #e6e9ee; --soft: #a0a8b4; --link: #7ab7ff;
    --get: #5fd0a6; --post: #7ab7ff; --put: #f0b45b; --patch: #c6a3f5; --delete: #ff8a80;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
a { color: var(--link); }
code, pre, .path { font-family: ui-monospace, Menlo, Consolas, monospace; font-size: .875em; }
pre { background: var(--shade); border: 1px solid var(--line); border-radius: 6px; padding: .75rem; margin: .5rem 0; overflow-x: auto; }
h1 { font-size: 1.4rem; margin: 0; }
h2 { font-size: 1.2rem; margin: 2.5rem 0 .5rem; text-transform: capitalize; }
h3 { font-size: .8rem; margin: 1.25rem 0 .25rem; color: var(--soft); }
p { margin: .5rem 0; }
#frame { display: grid; grid-template-columns: 21rem minmax(0, 1fr); }
nav { position: sticky; top: 0; height: 100vh; overflow-y: auto; border-right: 1px solid var(--line); background: var(--shade); padding: 1rem; }
nav h2 { font-size: .8rem; margin: 1.25rem 0 .25rem; color: var(--soft); }
nav #file { display: inline; padding: 0; color: var(--link); }
nav #list a { display: flex; gap: .5rem; align-items: baseline; padding: .15rem .35rem; border-radius: 4px; color: inherit; text-decoration: none; font-size: .875rem; }
nav #list a:hover, nav #list a:focus-visible { background: var(--line); }
nav #list a span:last-child { overflow-wrap: anywhere; }
#search { width: 100%; margin-top: .75rem; padding: .5rem .6rem; font: inherit; color: inherit; background: var(--paper); border: 1px solid var(--line); border-radius: 6px; }
main { padding: 1.5rem 2rem 6rem; max-width: 60rem; width: 100%; }
details.operation { border: 1px solid var(--line); border-radius: 8px; margin: .5rem 0; background: var(--paper); scroll-margin-top: 1rem; }
details.operation > summary { padding: .6rem .8rem; cursor: pointer; list-style: none; display: grid; grid-template-columns: 4rem minmax(0, 1fr); gap: 0 .6rem; align-items: baseline; }
details.operation > summary::-webkit-details-marker { display: none; }
details.operation[open] > summary { border-bottom: 1px solid var(--line); }
summary .path { overflow-wrap: anywhere; font-weight: 600; }
summary .about { grid-column: 2; color: var(--soft); font-size: .9rem; }
.inside { padding: .25rem .8rem 1rem; }
.method { font: 700 .75rem/1.6 ui-monospace, Menlo, Consolas, monospace; min-width: 3.4rem; }
.GET, .HEAD { color: var(--get); } .POST { color: var(--post); } .PUT { color: var(--put); } .PATCH { color: var(--patch); } .DELETE { color: var(--delete); }
dl { margin: .25rem 0; }
dl > div { padding: .35rem 0; border-top: 1px solid var(--line); }
dl > div:first-child { border-top: 0; }
dt { display: flex; flex-wrap: wrap; gap: 0 .6rem; align-items: baseline; }
dt code { font-weight: 600; }
dt span { color: var(--soft); font-size: .85rem; }
dt .must { color: var(--delete); }
dd { margin: 0; font-size: .9rem; }
dd dl { margin-left: .75rem; padding-left: .75rem; border-left: 2px solid var(--line); }
details.part > summary { cursor: pointer; color: var(--link); font-size: .875rem; }
.block { position: relative; }
.copy { position: absolute; bottom: .25rem; right: .25rem; font: inherit; font-size: .75rem; color: var(--link); background: var(--shade); border: 0; border-radius: 4px; cursor: pointer; padding: .25rem .5rem; }
[hidden] { display: none !important; }
@media (max-width: 50rem) {
  #frame { display: block; }
  nav { position: static; height: auto; border-right: 0; border-bottom: 1px solid var(--line); }
  #list { display: none; }
  main { padding: 1rem .75rem 4rem; }
  details.operation > summary { grid-template-columns: minmax(0, 1fr); }
  summary .about { grid-column: 1; }
}
</style>
<div id="frame">
  <nav>
    <h1>Godwit API</h1>
    <a id="file" href="api/v1/openapi.json">openapi.json</a>
    <input id="search" type="search" placeholder="Search operations (press /)" aria-label="Search operations">
    <div id="list"></div>
  </nav>
  <main>
    <div id="intro"></div>
    <p id="none" hidden>No operation has these words.</p>
    <div id="operations">Reading the description…</div>
    <noscript>This page needs JavaScript. The description itself is at <a href="api/v1/openapi.json">openapi.json</a>.</noscript>
  </main>
</div>
<script>
"use strict";
const methods = ["get", "head", "post", "put", "patch", "delete"];
let api;
// Where the API is, also behind a proxy that puts a path before it.
const root = location.origin + location.pathname.replace(/\/docs\/?$/, "");
const file = document.getElementById("file");
file.href = `${root}/api/v1/openapi.json`;

// All text goes in as text, never as markup.
function make(name, fields, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(fields ?? {})) key in node ? (node[key] = value) : node.setAttribute(key, value);
  node.append(...children.filter(child => child !== null && child !== undefined && child !== false));
  return node;
}

// The description's `code` and paragraphs; nothing else of Markdown occurs in it.
function words(text) {
  return (text ?? "").split(/(`[^`]+`)/).map(part => part[0] === "`" ? make("code", {}, part.slice(1, -1)) : part);
}

function prose(text) {
  return (text ?? "").trim().split(/\n\s*\n/).filter(Boolean).map(paragraph => make("p", {}, ...words(paragraph)));
}

function resolve(value) {
  let depth = 0;
  while (value?.$ref && depth++ < 20) {
    const { $ref, ...beside } = value;
    value = { ...$ref.slice(2).split("/").reduce((at, key) => at?.[key.replace(/~1/g, "/").replace(/~0/g, "~")], api), ...beside };
  }
  return value ?? {};
}

function nameOf(schema) { return schema?.$ref?.split("/").pop(); }

// allOf as one object, so that a reader sees one list of fields.
function merged(schema) {
  schema = resolve(schema);
  if (!schema.allOf) return schema;
  const all = schema.allOf.map(merged);
  return {
    ...Object.assign({}, ...all), ...schema, allOf: undefined,
    properties: Object.assign({}, ...all.map(each => each.properties), schema.properties),
    required: [...new Set(all.concat(schema).flatMap(each => each.required ?? []))],
  };
}

function typeOf(schema) {
  schema = merged(schema);
  const either = schema.oneOf ?? schema.anyOf;
  if (either) return [...new Set(either.map(typeOf))].join(" or ");
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map(value => JSON.stringify(value)).join(" | ");
  let type = [].concat(schema.type ?? (schema.properties ? "object" : "any")).join(" or ");
  if (schema.items) type += ` of ${typeOf(schema.items)}`;
  if (schema.format) type += ` (${schema.format})`;
  return type;
}

function bounds(schema) {
  const found = [];
  const either = schema.oneOf ?? schema.anyOf ?? [];
  for (const each of [schema, ...either.map(merged)]) {
    if (each.minimum !== undefined || each.maximum !== undefined) found.push(`${each.minimum ?? "…"} to ${each.maximum ?? "…"}`);
    if (each.minLength || each.maxLength) found.push(`${each.minLength ?? 0} to ${each.maxLength ?? "…"} characters`);
    if (each.minItems || each.maxItems) found.push(`${each.minItems ?? 0} to ${each.maxItems ?? "…"} items`);
    if (each.pattern) found.push(each.pattern);
  }
  if (schema.default !== undefined) found.push(`default ${JSON.stringify(schema.default)}`);
  if (schema.deprecated) found.push("deprecated");
  return found.join(", ");
}

function field(name, schema, required, seen, description) {
  const whole = merged(schema);
  const inner = merged(whole.items ?? (whole.oneOf ?? whole.anyOf)?.find(each => merged(each).properties) ?? whole);
  const label = nameOf(schema) ?? nameOf(whole.items) ?? name;
  const opens = inner.properties && !seen.includes(label);
  return make("div", {},
    make("dt", {}, make("code", {}, name), make("span", {}, typeOf(schema)), required && make("span", { className: "must" }, "required"), make("span", {}, bounds(whole))),
    make("dd", {}, ...prose(description ?? whole.description),
      opens && make("details", { className: "part" }, make("summary", {}, "its fields"), fields(inner, [...seen, label]))));
}

function fields(schema, seen = []) {
  const whole = merged(schema);
  const list = Object.entries(whole.properties ?? {}).map(([name, value]) => field(name, value, whole.required?.includes(name), seen));
  if (list.length) return make("dl", {}, ...list);
  const other = (whole.oneOf ?? whole.anyOf)?.map(each => make("div", {}, fields(each, seen)));
  return other ? make("div", {}, ...other.flatMap((each, at) => at ? [make("p", {}, "or"), each] : [each])) : make("p", {}, typeOf(whole));
}

// What a reader can tell at sight, where the description has no example.
const usual = { eventType: "invoice.paid", eventTypes: ["invoice.paid"], filterTypes: ["invoice.paid"], uid: "customer-42", eventId: "invoice-1007", payload: { id: 1007 },
  name: "Example", description: "An example", channels: ["eu"], tags: ["nightly"], channel: "eu", tag: "nightly", orderingKey: "customer-42" };

// `brief`: only what a request must have, or all if it must have nothing.
function example(schema, depth = 0, brief = false) {
  const whole = merged(schema);
  if (whole.example !== undefined) return whole.example;
  if (whole.examples?.length) return whole.examples[0];
  if (whole.const !== undefined) return whole.const;
  if (whole.default !== undefined && whole.default !== null) return whole.default;
  const either = whole.oneOf ?? whole.anyOf;
  if (either) return example(either.find(each => merged(each).type !== "null") ?? {}, depth);
  if (whole.enum) return whole.enum[0];
  const type = [].concat(whole.type ?? (whole.properties ? "object" : "string")).find(each => each !== "null");
  if (type === "array") return depth > 4 ? [] : [example(whole.items ?? {}, depth + 1)];
  if (type === "integer" || type === "number") return whole.minimum ?? 0;
  if (type === "boolean") return true;
  if (type === "object") {
    if (depth > 4) return {};
    const shown = Object.entries(whole.properties ?? {}).filter(([name, value]) => {
      const each = merged(value);
      return !each.deprecated && each.type !== "null" && (!brief || !whole.required?.length || whole.required.includes(name));
    });
    return Object.fromEntries(shown.map(([name, value]) => {
      const made = example(value, depth + 1, brief);
      return [name, JSON.stringify(made) === '"string"' || JSON.stringify(made) === '["string"]' || JSON.stringify(made) === "{}" ? usual[name] ?? made : made];
    }));
  }
  if (whole.format === "date-time") return "2026-01-31T09:30:00Z";
  if (whole.format === "uri") return "https://example.com/webhooks";
  const kind = whole.pattern?.match(/^\^(\w+_)\[0-9A-Za-z\]\{27\}\$$/);
  if (kind) return kind[1] + "2q1S5SCrBzkCkPHBDSfkLlQnh2b";
  if (whole.pattern?.includes("(ms|s|m|h|d)")) return "30s";
  return "string";
}

function jsonOf(content, brief) {
  const media = content?.["application/json"];
  if (!media) return null;
  const value = media.example ?? Object.values(media.examples ?? {})[0]?.value ?? example(media.schema, 0, brief);
  return JSON.stringify(value, null, 2);
}

function curl(path, method, parameters, body, open) {
  const query = parameters.filter(each => each.in === "query" && each.required).map(each => `${each.name}=${example(each.schema)}`).join("&");
  const lines = [`curl ${method === "get" ? "" : `-X ${method.toUpperCase()} `}"${root}${path}${query && `?${query}`}"`];
  if (method === "head") lines[0] = `curl -I "${root}${path}"`;
  if (!open) lines.push(`  -H "Authorization: Bearer $GODWIT_TOKEN"`);
  if (body) lines.push(`  -H "Content-Type: application/json"`, `  -d '${body.replace(/'/g, "'\\''").replace(/\n/g, "\n  ")}'`);
  return lines.join(" \\\n");
}

function block(text) {
  const button = make("button", { className: "copy", type: "button" }, "copy");
  button.onclick = () => navigator.clipboard?.writeText(text).then(() => { button.textContent = "copied"; });
  return make("div", { className: "block" }, make("pre", {}, text), button);
}

function operationOf(path, method, operation, shared) {
  const parameters = [...shared, ...(operation.parameters ?? [])].map(resolve);
  const request = resolve(operation.requestBody);
  const body = jsonOf(request.content, true);
  const open = (operation.security ?? api.security ?? []).length === 0;
  const inside = make("div", { className: "inside" });
  const node = make("details", { className: "operation", id: operation.operationId },
    make("summary", {}, make("span", { className: `method ${method.toUpperCase()}` }, method.toUpperCase()), make("span", { className: "path" }, path),
      make("span", { className: "about" }, ...words(operation.summary))), inside);
  // What nobody opens isn't made: the whole would be tens of thousands of elements.
  node.fill = () => {
    if (inside.childNodes.length) return;
    inside.append(...prose(operation.description), make("h3", {}, "Request"), block(curl(path, method, parameters, body, open)));
    if (parameters.length) {
      inside.append(make("h3", {}, "Parameters"), make("dl", {}, ...parameters.map(each =>
        field(`${each.name}`, each.schema, each.required, [], `In the ${each.in}. ${each.description ?? ""}`))));
    }
    const schema = request.content?.["application/json"]?.schema;
    if (schema) inside.append(make("h3", {}, `Body ${nameOf(schema) ?? ""}`), ...prose(request.description), fields(schema));
    for (const [status, value] of Object.entries(operation.responses ?? {})) {
      const response = resolve(value);
      const answer = response.content?.["application/json"]?.schema;
      inside.append(make("h3", {}, status === "default" ? "Errors" : `Answer ${status} ${nameOf(answer) ?? ""}`), ...prose(response.description));
      if (!answer) continue;
      if (status !== "default") inside.append(block(jsonOf(response.content)));
      inside.append(make("details", { className: "part" }, make("summary", {}, "its fields"), fields(answer)));
    }
    inside.append(make("p", {}, make("code", {}, operation.operationId)));
  };
  node.addEventListener("toggle", () => node.open && node.fill());
  return node;
}

function show() {
  document.getElementById("intro").replaceChildren(make("p", {}, `Version ${api.info.version}`), ...prose(api.info.description));
  const groups = new Map((api.tags ?? []).map(tag => [tag.name, []]));
  for (const [path, item] of Object.entries(api.paths)) {
    for (const method of methods.filter(each => item[each])) {
      const operation = item[method], tag = operation.tags?.[0] ?? "other";
      const terms = `${method} ${path} ${operation.operationId} ${operation.summary ?? ""} ${operation.description ?? ""}`.toLowerCase();
      const link = make("a", { href: `#${operation.operationId}` },
        make("span", { className: `method ${method.toUpperCase()}` }, method.toUpperCase()), make("span", {}, ...words(operation.summary ?? path)));
      if (!groups.has(tag)) groups.set(tag, []);
      groups.get(tag).push({ terms, link, node: operationOf(path, method, operation, item.parameters ?? []) });
    }
  }
  const shown = [...groups].filter(([, all]) => all.length).map(([tag, all]) => {
    const title = tag.replace(/-/g, " ");
    return { all, list: make("div", {}, make("h2", {}, title), ...all.map(each => each.link)), body: make("section", {}, make("h2", {}, title), ...all.map(each => each.node)) };
  });
  document.getElementById("list").replaceChildren(...shown.map(each => each.list));
  document.getElementById("operations").replaceChildren(...shown.map(each => each.body));
  const search = document.getElementById("search");
  search.oninput = () => {
    const asked = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const group of shown) {
      let here = 0;
      for (const each of group.all) {
        const fits = asked.every(word => each.terms.includes(word));
        each.link.hidden = each.node.hidden = !fits;
        here += fits;
      }
      group.list.hidden = group.body.hidden = !here;
      count += here;
    }
    document.getElementById("none").hidden = count > 0;
  };
  addEventListener("keydown", event => {
    if (event.key === "/" && document.activeElement !== search) { event.preventDefault(); search.focus(); }
  });
  addEventListener("hashchange", open);
  open();
}

function open() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (target?.matches("details.operation")) { target.fill(); target.open = true; target.scrollIntoView(); }
}

fetch(file.href).then(answer => answer.json()).then(value => { api = value; show(); })
  .catch(error => { document.getElementById("operations").textContent = `The description can't be read: ${error}`; });
</script>
</html>
"""###
}
