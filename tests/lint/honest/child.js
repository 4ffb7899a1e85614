const { execFileSync, spawn } = require('child_process');
console.log(execFileSync(process.execPath, ['-e', 'console.log(1)']).toString());
spawn(process.execPath, ['-e', 'console.log(2)'], {stdio: 'inherit'});
