import { registerEnumType, TypeMetadataStorage } from '@nestjs/graphql';

/** The languages in which the system speaks. */
export enum Locale {
  EN = 'EN',
  AR = 'AR',
  FR = 'FR',
}

registerEnumType(Locale, {
  name: 'Locale',
  description: 'A language in which the system speaks. What people write stays as they wrote it.',
  valuesMap: { EN: { description: 'As it is stored, and searched.' }, AR: { description: 'Arabic.' }, FR: { description: 'French.' } },
});

export interface LocaleArgs {
  locale?: Locale | null;
}

/**
 * The argument `locale` of a field. It is declared for the schema alone: with `@Args` Nest would wrap the method, which costs promises for
 * each message of a page. The method finds it among the arguments of graphql-js.
 */
export const InLocale = (): MethodDecorator => (target, methodName) => {
  const options = { nullable: true, description: 'In which language the system speaks; English when absent.' };
  TypeMetadataStorage.addMethodParamMetadata({
    kind: 'arg',
    name: 'locale',
    description: options.description,
    target: target.constructor,
    methodName: String(methodName),
    typeFn: () => Locale,
    index: 1,
    options,
  });
};
