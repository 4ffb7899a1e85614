import threading, concurrent.futures, queue
q = queue.Queue(); t = threading.Thread(target=lambda: q.put(1)); t.start(); t.join()
with concurrent.futures.ThreadPoolExecutor() as e: print(q.get(), list(e.map(str, range(3))))
