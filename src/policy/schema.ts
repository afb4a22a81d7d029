/** The policy language as one table: what the parser accepts, what editors are told, what the program works on. */
import type { Layer, Origin, Section } from '../model/decision.ts';
import { PATTERN_LENGTH_LIMIT, RULES_PER_LIST_LIMIT } from '../model/limits.ts';
import { RISK_LEVELS, type RiskLevel } from '../model/risk.ts';

const MODES = ['fail-closed', 'fail-open'] as const;
export type Mode = (typeof MODES)[number];
const NESTED = ['covered', 'strict'] as const;
export type Nested = (typeof NESTED)[number];

export interface Rule {
  readonly pattern: string;
  readonly origin: Origin;
}

/** One section of one policy. `present` is false when the file does not name it. */
export interface SectionRules {
  readonly present: boolean;
  readonly deny: readonly Rule[];
  readonly allow: readonly Rule[];
  readonly origin: Origin;
}

export interface Policy {
  readonly layer: Layer;
  readonly file: string;
  readonly mode: Mode;
  readonly modeOrigin: Origin;
  readonly sections: Readonly<Record<Section, SectionRules>>;
  readonly nested: Nested;
  /** `critical` when the file sets no bound. */
  readonly maxRisk: RiskLevel;
  readonly maxRiskOrigin: Origin;
}

/** A value's form in the file: what the parser checks and what the JSON Schema says. */
export type Shape =
  | { readonly kind: 'constant'; readonly value: number }
  | { readonly kind: 'choice'; readonly values: readonly string[] }
  | { readonly kind: 'patterns' }
  | { readonly kind: 'map'; readonly fields: Readonly<Record<string, Field>> };

export interface Field {
  readonly shape: Shape;
  readonly required?: boolean;
  readonly about: string;
}

const patterns = (about: string): Field => ({ shape: { kind: 'patterns' }, about });

function section(about: string, more: Record<string, Field> = {}): Field {
  const fields = {
    deny: patterns('Denied, whatever else is said. A bare "*" or "**" is the default of this section, tried after `allow`.'),
    allow: patterns('Allowed when no deny rule matches.'),
    ...more,
  };
  return { shape: { kind: 'map', fields }, about };
}

export const POLICY_SHAPE: Extract<Shape, { kind: 'map' }> = {
  kind: 'map',
  fields: {
    version: { shape: { kind: 'constant', value: 1 }, required: true, about: 'Version of the policy language.' },
    mode: {
      shape: { kind: 'choice', values: MODES },
      required: true,
      about: 'What happens to an action that no rule names: fail-closed denies it, fail-open allows and logs it.',
    },
    rules: {
      about: 'The rules, by section.',
      shape: {
        kind: 'map',
        fields: {
          files: section('Reading, creating, editing and deleting files: path patterns.'),
          commands: section('Programs that are started: command patterns.', {
            nested: {
              shape: { kind: 'choice', values: NESTED },
              about: 'covered: what an allowed command starts needs no rule of its own. strict: every program does.',
            },
          }),
          network: section('Hosts: names, *.names, host:port, addresses, CIDR ranges.'),
          mcp_tools: section('MCP tools: server:tool or tool.'),
          max_risk: {
            shape: { kind: 'choice', values: RISK_LEVELS },
            about: 'Actions that no rule allows are denied above this risk level.',
          },
        },
      },
    },
  },
};

/** JSON Schema (draft 2020-12) of a policy file, for editors. */
export function policyJsonSchema(): Record<string, unknown> {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Patchwork policy',
    ...jsonSchema(POLICY_SHAPE),
    type: 'object',
  };
}

function jsonSchema(shape: Shape): Record<string, unknown> {
  switch (shape.kind) {
    case 'constant':
      return { const: shape.value };
    case 'choice':
      return { enum: [...shape.values] };
    case 'patterns':
      return {
        type: ['array', 'null'],
        maxItems: RULES_PER_LIST_LIMIT,
        items: { type: 'string', minLength: 1, maxLength: PATTERN_LENGTH_LIMIT },
      };
    case 'map': {
      const entries = Object.entries(shape.fields);
      return {
        type: ['object', 'null'],
        additionalProperties: false,
        required: entries.filter(([, field]) => field.required).map(([name]) => name),
        properties: Object.fromEntries(
          entries.map(([name, field]) => [name, { description: field.about, ...jsonSchema(field.shape) }]),
        ),
      };
    }
  }
}
