const fs = require('fs'); fs.writeFileSync('a.txt', 'x'); console.log(fs.readFileSync('a.txt', 'utf8'));
