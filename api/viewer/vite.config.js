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
        codeSplitting: { groups: [{ name: "map", test: /node_modules/ }] },
      },
    },
  },
  worker: { format: "es" },
});
