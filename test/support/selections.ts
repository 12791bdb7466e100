import {
  getNamedType,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLObjectType,
  isInterfaceType,
  isLeafType,
  isObjectType,
  isRequiredArgument,
  isUnionType,
  parse,
} from 'graphql';
import { checkSize } from '../../src/graphql/documents/document-size.js';
import type { Variables } from './client.js';
import type { ApiField } from './fields.js';

const PAGE_ARGUMENTS = ['last', 'first'];
const MAX_DEPTH = 5;

/** Everything that a type has to tell, down to a depth; of pages the shortest, and not twice. */
function everythingOf(type: GraphQLNamedType, depth: number): string {
  if (isUnionType(type))
    return `{ __typename ${type
      .getTypes()
      .map((member) => partOf(member, type.getTypes(), depth))
      .join(' ')} }`;
  if (!isObjectType(type) && !isInterfaceType(type)) return '';
  const fields = Object.values(type.getFields()).map((field) => fieldOf(field, type.getFields()['nodes'] !== undefined, depth));
  return `{ __typename ${fields.join(' ')} }`;
}

function fieldOf(field: GraphQLField<unknown, unknown>, hasNodes: boolean, depth: number): string {
  const type = getNamedType(field.type);
  if (field.args.some(isRequiredArgument) || (hasNodes && field.name === 'edges')) return '';
  if (isLeafType(type)) return field.name;
  if (depth === 1) return '';
  const page = PAGE_ARGUMENTS.find((name) => field.args.some((arg) => arg.name === name));
  return `${field.name}${page ? `(${page}: 2)` : ''} ${everythingOf(type, depth - 1)}`;
}

/** A field that has another type elsewhere in the union needs a name of its own. */
function partOf(member: GraphQLObjectType, members: readonly GraphQLObjectType[], depth: number): string {
  const fields = Object.values(member.getFields()).map((field) => {
    const isUnlike = members.some((other) => String(other.getFields()[field.name]?.type ?? field.type) !== String(field.type));
    const text = fieldOf(field, false, depth);
    return isUnlike && text ? `of${member.name}_${field.name}: ${text}` : text;
  });
  return `... on ${member.name} { __typename ${fields.join(' ')} }`;
}

const written = new Map<string, string>();

/** A document that calls a field with these variables and asks for as much as the limits allow. */
export function documentOf(field: ApiField, variables: Variables): string {
  const args = field.definition.args.filter((arg) => arg.name in variables);
  const declared = args.map((arg) => `$${arg.name}: ${String(arg.type)}`).join(', ');
  const passed = args.map((arg) => `${arg.name}: $${arg.name}`).join(', ');
  const call = `${field.kind}${declared && ` (${declared})`} { ${field.name}${passed && `(${passed})`}`;
  if (!written.has(call)) written.set(call, largest(call, field));
  return written.get(call)!;
}

function largest(call: string, { definition, schema }: ApiField): string {
  for (let depth = MAX_DEPTH; ; depth--) {
    const document = `${call} ${everythingOf(getNamedType(definition.type), depth)} }`;
    try {
      checkSize(schema, parse(document, { maxTokens: 2_000 }));
      return document;
    } catch (error) {
      if (depth === 1) throw error;
    }
  }
}
