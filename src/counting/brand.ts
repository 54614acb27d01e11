/** A primitive that only a parser can make: the compiler rejects an unchecked value in its place. */
export type Brand<Primitive, Name extends string> = Primitive & { readonly __brand: Name };
