import { TypeMetadataStorage, GraphQLSchemaHost } from '@nestjs/graphql';
import {
  getNamedType,
  type GraphQLField,
  type GraphQLInputType,
  GraphQLEnumType,
  GraphQLInputObjectType,
  GraphQLList,
  GraphQLNonNull,
  type GraphQLObjectType,
  isLeafType,
} from 'graphql';
import type { Node } from '../../src/node.js';
import { newId } from '../../src/common/ids.js';
import { PERMISSION, type Permission } from '../../src/policy/permission.decorators.js';

/** One field of Query, Mutation or Subscription, with what its handler declares. */
export interface ApiField {
  kind: 'query' | 'mutation' | 'subscription';
  name: string;
  permission: Permission | undefined;
  /** Where a room is named; null when the field takes none. */
  room: 'roomId' | 'id' | 'code' | 'input.roomId' | null;
  document: string;
  /** What the field demands, filled with values of the right type, and the room named as given. */
  variables(room: string): Record<string, unknown>;
}

const SAMPLES: Record<string, unknown> = {
  Int: 1,
  Float: 1,
  Boolean: true,
  String: 'x',
  JSONObject: {},
  DateTime: '2100-01-01T00:00:00.000Z',
};
const SAMPLES_BY_NAME: Record<string, unknown> = { emoji: '👍', reason: 'because' };

function sample(name: string, type: GraphQLInputType): unknown {
  if (type instanceof GraphQLNonNull) return sample(name, type.ofType);
  if (type instanceof GraphQLList) return [sample(name, type.ofType)];
  if (type instanceof GraphQLEnumType) return type.getValues()[0]?.name;
  if (type instanceof GraphQLInputObjectType) {
    const needed = Object.values(type.getFields()).filter(
      (field) => field.type instanceof GraphQLNonNull && field.defaultValue === undefined,
    );
    return Object.fromEntries(needed.map((field) => [field.name, sample(field.name, field.type)]));
  }
  return SAMPLES_BY_NAME[name] ?? (type.name === 'ID' ? newId() : SAMPLES[type.name]);
}

function describe(kind: ApiField['kind'], field: GraphQLField<unknown, unknown>, permission: Permission | undefined): ApiField {
  const input = field.args.find((arg) => arg.name === 'input');
  const inputType = input && getNamedType(input.type);
  const takesInputRoom = inputType instanceof GraphQLInputObjectType && 'roomId' in inputType.getFields();
  const own = permission?.access === 'room' ? permission.by : 'roomId';
  const room = takesInputRoom ? 'input.roomId' : field.args.some((arg) => arg.name === own) ? own : null;
  const args = field.args.filter((arg) => arg.name === room || (arg.type instanceof GraphQLNonNull && arg.defaultValue === undefined));
  const declared = args.map((arg) => `$${arg.name}: ${arg.type.toString()}`).join(', ');
  const passed = args.map((arg) => `${arg.name}: $${arg.name}`).join(', ');
  const selection = isLeafType(getNamedType(field.type)) ? '' : '{ __typename }';
  return {
    kind,
    name: field.name,
    permission,
    room,
    document: `${kind} ${declared && `(${declared})`} { ${field.name}${passed && `(${passed})`} ${selection} }`,
    variables(named) {
      const values: Record<string, unknown> = Object.fromEntries(args.map((arg) => [arg.name, sample(arg.name, arg.type)]));
      if (room === 'input.roomId') (values['input'] as Record<string, unknown>)['roomId'] = named;
      else if (room) values[room] = named;
      return values;
    },
  };
}

/** Everything that the running schema offers, and what the handlers behind it declare in Nest's metadata. */
export function apiFields({ app }: Pick<Node, 'app'>): ApiField[] {
  const { schema } = app.get(GraphQLSchemaHost);
  const kinds = [
    ['query', schema.getQueryType(), TypeMetadataStorage.getQueriesMetadata()],
    ['mutation', schema.getMutationType(), TypeMetadataStorage.getMutationsMetadata()],
    ['subscription', schema.getSubscriptionType(), TypeMetadataStorage.getSubscriptionsMetadata()],
  ] as const;
  return kinds.flatMap(([kind, type, handlers]) =>
    Object.values((type as GraphQLObjectType).getFields()).map((field) => {
      const handler = handlers.find(({ schemaName }) => schemaName === field.name);
      const method: unknown = handler?.target.prototype[handler.methodName];
      const permission = method ? (Reflect.getMetadata(PERMISSION, method) as Permission | undefined) : undefined;
      return describe(kind, field, permission);
    }),
  );
}
