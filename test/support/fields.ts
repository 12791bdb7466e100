import { TypeMetadataStorage, GraphQLSchemaHost } from '@nestjs/graphql';
import { getNamedType, type GraphQLField, GraphQLInputObjectType, type GraphQLObjectType, type GraphQLSchema } from 'graphql';
import type { Node } from '../../src/node.js';
import { PERMISSION, type Permission } from '../../src/policy/permission.decorators.js';

/** One field of Query, Mutation or Subscription, with what its handler declares. */
export interface ApiField {
  kind: 'query' | 'mutation' | 'subscription';
  name: string;
  permission: Permission | undefined;
  /** Where a room is named; null when the field takes none. */
  room: string | null;
  definition: GraphQLField<unknown, unknown>;
  schema: GraphQLSchema;
}

function roomOf({ args }: ApiField['definition'], permission: Permission | undefined): ApiField['room'] {
  const input = args.find((arg) => arg.name === 'input');
  const inputType = input && getNamedType(input.type);
  const by = permission?.access === 'room' ? permission.by : 'roomId';
  const own = typeof by === 'string' ? by : by.argument;
  if (inputType instanceof GraphQLInputObjectType && own in inputType.getFields()) return `input.${own}`;
  return args.some((arg) => arg.name === own) ? own : null;
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
    Object.values((type as GraphQLObjectType).getFields()).map((definition) => {
      const { name } = definition;
      const handler = handlers.find(({ schemaName }) => schemaName === name);
      const method: unknown = handler?.target.prototype[handler.methodName];
      const permission = method ? (Reflect.getMetadata(PERMISSION, method) as Permission | undefined) : undefined;
      return { kind, name, permission, room: roomOf(definition, permission), definition, schema };
    }),
  );
}
