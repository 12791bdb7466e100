import { Injectable } from '@nestjs/common';
import type { Machine, Move } from './machine.js';
import type { Subject } from './subject.js';

type AnyMachine = Machine<Subject, string>;
/** In the transaction of the step, after its effects: for a folder that the machine's own may not import. */
export type Observer = (move: Move) => Promise<void>;

/** The machines of this process, each added by the module that owns it. */
@Injectable()
export class Machines {
  private readonly byName = new Map<string, AnyMachine>();
  private readonly byEntity = new Map<unknown, AnyMachine>();
  private readonly observers = new Map<string, Observer[]>();

  add<S extends Subject>(machine: Machine<S, string>): void {
    if (this.byName.has(machine.name)) throw new Error(`two machines are called ${machine.name}`);
    const one = machine as unknown as AnyMachine;
    this.byName.set(machine.name, one);
    this.byEntity.set(machine.entity, one);
  }

  /** Null where no module of this process has one of this name. */
  find(name: string): AnyMachine | null {
    return this.byName.get(name) ?? null;
  }

  named(name: string): AnyMachine {
    const machine = this.byName.get(name);
    if (!machine) throw new Error(`no machine is called ${name}`);
    return machine;
  }

  of<S extends Subject>(subject: S): Machine<S, string> {
    const machine = this.byEntity.get(subject.constructor);
    if (!machine) throw new Error(`${subject.constructor.name} has no machine`);
    return machine as unknown as Machine<S, string>;
  }

  /** Hears of every step of the machine with this name. What it throws undoes the step. */
  observe(name: string, observer: Observer): void {
    this.observers.set(name, [...this.observersOf(name), observer]);
  }

  observersOf(name: string): readonly Observer[] {
    return this.observers.get(name) ?? [];
  }
}
