"""How the API pages its lists."""

from rest_framework.pagination import CursorPagination, PageNumberPagination


class Pages(PageNumberPagination):
    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200


class NewestFirst(CursorPagination):
    """Cursor paging by primary key: the last page is as fast as the first."""

    ordering = "-id"
    page_size, page_size_query_param, max_page_size = 50, "page_size", 200
