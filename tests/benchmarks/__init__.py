from tests import databases

databases.share()
