import { Check } from 'typeorm';

/**
 * Names the checks that a migration wrote, so that the comparison of entities and tables knows them. TypeORM compares names
 * only; the rule itself stands once, in the migration.
 */
export function Checks(...names: string[]): ClassDecorator {
  return (target) => names.forEach((name) => Check(name, 'true')(target));
}
