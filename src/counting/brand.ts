/** A primitive that only a parser makes, so that an unchecked one cannot be passed in its place. */
export type Brand<Primitive, Name extends string> = Primitive & { readonly __brand: Name };
