/** The part of JSON Schema that the policy schema uses, read independently of the parser; an unknown keyword is an error. */
import { isDeepStrictEqual } from 'node:util';

const ANNOTATIONS = ['$schema', '$id', 'title', 'description', 'default', 'examples'];

type Schema = Readonly<Record<string, unknown>>;

export function isValidBySchema(schema: Schema, value: unknown): boolean {
  return Object.entries(schema).every(([keyword, argument]) => {
    if (ANNOTATIONS.includes(keyword)) return true;
    const check = Object.hasOwn(CHECKS, keyword) ? CHECKS[keyword] : undefined;
    if (check === undefined) throw new Error(`the schema uses a keyword that this reading does not know: ${keyword}`);
    return check(argument, value, schema);
  });
}

const CHECKS: Readonly<Record<string, (argument: unknown, value: unknown, schema: Schema) => boolean>> = {
  type: (types, value) => [types].flat().includes(typeOf(value)),
  const: (expected, value) => isDeepStrictEqual(expected, value),
  enum: (choices, value) => (choices as unknown[]).some((choice) => isDeepStrictEqual(choice, value)),
  required: (names, value) => !isObject(value) || (names as string[]).every((name) => Object.hasOwn(value, name)),
  properties: (properties, value) => !isObject(value) || Object.entries(properties as Record<string, Schema>).every(([name, schema]) => !Object.hasOwn(value, name) || isValidBySchema(schema, value[name])),
  additionalProperties: (isFree, value, schema) => isFree === true || !isObject(value) || Object.keys(value).every((name) => Object.hasOwn((schema['properties'] ?? {}) as object, name)),
  items: (schema, value) => !Array.isArray(value) || value.every((item) => isValidBySchema(schema as Schema, item)),
  maxItems: (bound, value) => !Array.isArray(value) || value.length <= (bound as number),
  minLength: (bound, value) => typeof value !== 'string' || value.length >= (bound as number),
  maxLength: (bound, value) => typeof value !== 'string' || value.length <= (bound as number),
  pattern: (pattern, value) => typeof value !== 'string' || new RegExp(pattern as string, 'u').test(value),
};

function isObject(value: unknown): value is Record<string, unknown> {
  return typeOf(value) === 'object';
}

function typeOf(value: unknown): string {
  return value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;
}
