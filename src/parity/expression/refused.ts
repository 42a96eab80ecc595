/**
 * An expression that has no value. Thrown inside this folder, from wherever it is found, and caught
 * at its one door, `evaluate`: the reference is written to be read, not to be fast or to explain.
 */
export class Refused extends Error {}
