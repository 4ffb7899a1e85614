import sqlite3, json, random, decimal, collections, time, re, datetime
db = sqlite3.connect(":memory:"); db.execute("create table t(a)"); db.execute("insert into t values (1)")
print(db.execute("select * from t").fetchall(), random.random() < 1, decimal.Decimal("1.1"), re.sub("a", "b", "aa"))
