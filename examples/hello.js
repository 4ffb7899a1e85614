console.log(`Hello from Node.js ${process.versions.node}`);
