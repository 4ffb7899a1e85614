setTimeout(() => console.log('later'), 5); (async () => { console.log(await Promise.resolve(1)); })();
process.stdin.on('data', d => console.log(String(d)));
