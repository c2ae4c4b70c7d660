/* Reads an OpenAPI 3.1 document for showing: operations in order, examples, shapes. Pure. */

export interface Schema {
  $ref?: string;
  type?: string | string[];
  enum?: unknown[];
  const?: unknown;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  prefixItems?: Schema[];
  oneOf?: Schema[];
  anyOf?: Schema[];
  allOf?: Schema[];
  format?: string;
  example?: unknown;
  examples?: unknown[];
  default?: unknown;
  description?: string;
}

export interface Param {
  name: string;
  in: 'path' | 'query' | 'header' | 'cookie';
  required?: boolean;
  description?: string;
  schema?: Schema;
  example?: unknown;
  $ref?: string;
}

interface Media { schema?: Schema; example?: unknown; examples?: Record<string, { value?: unknown }> }

export interface Body { required?: boolean; content?: Record<string, Media>; $ref?: string }
export interface Answer { description?: string; content?: Record<string, Media>; $ref?: string }

interface RawOperation {
  summary?: string;
  description?: string;
  tags?: string[];
  parameters?: Param[];
  requestBody?: Body;
  responses?: Record<string, Answer>;
  security?: unknown[];
}

export interface Spec {
  openapi: string;
  info: { title: string; version: string; description?: string };
  servers?: { url: string }[];
  paths: Record<string, Record<string, unknown>>;
  components?: unknown;
  security?: unknown[];
}

export interface Operation extends RawOperation {
  id: string;
  method: string;
  path: string;
  group: string;
  params: Param[];
}

const METHODS = ['get', 'put', 'post', 'delete', 'patch'];
const DEPTH_MAX = 8;

/** What a "#/…" reference points to, followed at most a few times. */
export function resolve<T extends { $ref?: string }>(spec: Spec, item: T | undefined): T | undefined {
  let at: unknown = item;
  for (let i = 0; i < DEPTH_MAX; i++) {
    const ref = (at as { $ref?: string } | undefined)?.$ref;
    if (!ref)
      return at as T | undefined;
    if (!ref.startsWith('#/'))
      return undefined;
    at = ref.slice(2).split('/').reduce<unknown>(
      (node, key) => (node as Record<string, unknown> | undefined)?.[key.replace(/~1/g, '/').replace(/~0/g, '~')], spec);
  }
  return undefined;
}

/** The part of the server's address that goes before a path; always this same origin. */
export function baseOf(spec: Spec): string {
  const url = spec.servers?.[0]?.url ?? '';
  return url.replace(/^https?:\/\/[^/]+/, '').replace(/\/$/, '');
}

export function operations(spec: Spec): Operation[] {
  const out: Operation[] = [];
  for (const [path, item] of Object.entries(spec.paths))
    for (const method of METHODS) {
      const raw = item[method] as RawOperation | undefined;
      if (!raw)
        continue;
      const shared = (item['parameters'] as Param[] | undefined) ?? [];
      const params = [...shared, ...(raw.parameters ?? [])]
        .map((p) => resolve(spec, p)).filter((p): p is Param => p !== undefined && p.in !== 'cookie');
      const group = raw.tags?.[0] ?? path.split('/').filter(Boolean).find((s) => !/^(api|v\d+)$/.test(s)) ?? path;
      out.push({ ...raw, id: `${method}${path}`.replace(/[^a-z0-9]+/gi, '-'), method, path, group, params });
    }
  return out;
}

const typeOf = (schema: Schema): string | undefined =>
  Array.isArray(schema.type) ? schema.type.find((t) => t !== 'null') : schema.type;

/** A value to start from when trying a request. */
export function example(spec: Spec, given: Schema | undefined, depth = 0): unknown {
  const schema = resolve(spec, given);
  if (!schema || depth > DEPTH_MAX)
    return null;
  for (const ready of [schema.example, schema.examples?.[0], schema.const, schema.default, schema.enum?.[0]])
    if (ready !== undefined)
      return ready;
  const choice = schema.oneOf?.[0] ?? schema.anyOf?.[0];
  if (choice)
    return example(spec, choice, depth + 1);
  if (schema.allOf)
    return Object.assign({}, ...schema.allOf.map((s) => example(spec, s, depth + 1)));
  if (schema.properties)
    return Object.fromEntries(Object.entries(schema.properties).map(([k, s]) => [k, example(spec, s, depth + 1)]));
  const type = typeOf(schema);
  if (type === 'array')
    return schema.items ? [example(spec, schema.items, depth + 1)] : [];
  if (type === 'object')
    return {};
  if (type === 'boolean')
    return true;
  if (type === 'integer' || type === 'number')
    return 0;
  return schema.format === 'date-time' ? '2026-01-01T00:00:00Z' : '';
}

function scalar(schema: Schema): string {
  if (schema.const !== undefined)
    return JSON.stringify(schema.const);
  if (schema.enum)
    return schema.enum.map((v) => JSON.stringify(v)).join(' | ');
  const type = Array.isArray(schema.type) ? schema.type.join(' | ') : schema.type ?? 'any';
  return schema.format ? `${type} (${schema.format})` : type;
}

/** The shape of a schema as indented text, a line a field, with what each means. */
export function shape(spec: Spec, given: Schema | undefined, indent = '', depth = 0): string {
  const schema = resolve(spec, given);
  if (!schema)
    return 'any';
  if (depth > DEPTH_MAX)
    return '…';
  const next = indent + '  ';
  const choices = schema.oneOf ?? schema.anyOf;
  if (choices)
    return choices.map((s) => shape(spec, s, indent, depth + 1)).join(' | ');
  if (schema.allOf)
    return schema.allOf.map((s) => shape(spec, s, indent, depth + 1)).join(' & ');
  if (schema.properties) {
    const lines = Object.entries(schema.properties).map(([name, s]) => {
      const field = resolve(spec, s);
      const note = field?.description ? `  // ${field.description}` : '';
      const mark = schema.required?.includes(name) ? '' : '?';
      return `${next}${name}${mark}: ${shape(spec, s, next, depth + 1)}${note}`;
    });
    return `{\n${lines.join('\n')}\n${indent}}`;
  }
  if (schema.prefixItems)
    return `[${schema.prefixItems.map((s) => shape(spec, s, indent, depth + 1)).join(', ')}]`;
  if (typeOf(schema) === 'array')
    return `${shape(spec, schema.items, indent, depth + 1)}[]`;
  return scalar(schema);
}

export function bodyExample(spec: Spec, given: Body | undefined): string | null {
  const body = resolve(spec, given);
  const media = body?.content?.['application/json'];
  if (!media)
    return null;
  const value = media.example ?? Object.values(media.examples ?? {})[0]?.value ?? example(spec, media.schema);
  return JSON.stringify(value, null, 2);
}

/** The address of a request, or the name of the first required value that is missing. */
export function addressOf(base: string, operation: Operation, values: Record<string, string>):
  { url: string } | { missing: string } {
  let path = operation.path;
  const query = new URLSearchParams();
  for (const param of operation.params) {
    const value = values[param.name] ?? '';
    if (value === '') {
      if (param.required || param.in === 'path')
        return { missing: param.name };
      continue;
    }
    if (param.in === 'path')
      path = path.replace(`{${param.name}}`, encodeURIComponent(value));
    else if (param.in === 'query')
      query.set(param.name, value);
  }
  const asked = query.toString();
  return { url: base + path + (asked ? '?' + asked : '') };
}
