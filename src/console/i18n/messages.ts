/** Languages of the console. */
export type Language = 'en' | 'zh';

type Message = string | ((...values: never[]) => string);
type Messages = { readonly [key: string]: Message | Messages };

/** The same keys and values, in other words. */
type Translation<T> = {
  readonly [K in keyof T]: T[K] extends string
    ? string
    : T[K] extends (...values: infer V) => string
      ? (...values: V) => string
      : Translation<T[K]>;
};

/** The texts of one part of the console. A text with values is a function of them. */
export type Catalogue<T> = Readonly<Record<Language, Translation<T>>>;

/** A text that one language has and the other lacks does not compile. */
export function defineMessages<const T extends Messages>(messages: {
  readonly en: T;
  readonly zh: Translation<T>;
}): Catalogue<T> {
  return messages as unknown as Catalogue<T>;
}
