/** What is used here of a package whose own types leave it out. */
declare module 'libheif-js/libheif-wasm/libheif-bundle.mjs' {
  interface Pixels {
    /** RGBA, 8 bits each. */
    readonly data: Uint8ClampedArray;
    readonly width: number;
    readonly height: number;
  }

  interface HeifImage {
    get_width(): number;
    get_height(): number;
    is_primary(): boolean;
    has_alpha_channel(): boolean;
    /** Fills `into` and hands it to the callback, or null when the picture does not decode. */
    display(into: Pixels, callback: (pixels: Pixels | null) => void): void;
    free(): void;
  }

  export default function load(): { HeifDecoder: new () => { decode(bytes: Uint8Array): HeifImage[] } };
}
