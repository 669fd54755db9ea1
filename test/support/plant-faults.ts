// Loaded into a server before its own code: signals make it fail where nobody catches.
process.on('SIGUSR2', () => {
  setTimeout(() => {
    throw new Error('planted exception');
  });
});
process.on('SIGWINCH', () => {
  void Promise.reject(new Error('planted rejection'));
});

export {};
