import { defineConfig } from "vite";

export default defineConfig({
  base: "/",
  build: {
    target: "es2022",
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    cssCodeSplit: false,
    chunkSizeWarningLimit: 1500,
    rollupOptions: {
      output: {
        entryFileNames: "assets/page-[hash].js",
        chunkFileNames: "assets/[name]-[hash].js",
        // MapLibre in a file of its own: it changes rarely, so browsers keep it.
        // What page and modes share is one file too, so that the first view takes few requests.
        codeSplitting: {
          groups: [
            { name: "map", priority: 3, test: /node_modules/ },
            { name: "page", priority: 2, test: /src\/(?:main|first-map|start-view|map-layers|notices|modes\/registry|dom|atlas|address|classes|legend|formats|failures|sources|sharing|suggest|place-search|texts\/(?:say|shell|mapa))\.ts$/ },
          ],
        },
      },
    },
  },
  worker: { format: "es" },
});
