"""A Deployment's own Airflow: its REST API, ``/api/v1`` for Airflow 2 and ``/api/v2`` for Airflow 3.

=====================================================  ===============================================================
``api``                                                from a request to its response
``access``                                             Astro's roles, and what they may in Airflow
``messages``                                           a request and its response
``lines``                                              what differs between Airflow 2 and 3 in every resource
``problems``                                           what Airflow refuses
``routing``                                            routes, and a call that matches one
``bodies``, ``run_bodies``, ``task_bodies``, ``bulk``  request bodies, and what is said about wrong ones
``masks``                                              update masks
``pages``                                              limits, offsets, order and filters of lists
``metadata``                                           what one Airflow stores
``documents``                                          how runs and tasks are shown
``sources``                                            DAGs, tasks and assets in the text of a DAG file
``parsing``                                            from a deployed tarball to DAGs and import errors
``progress``                                           how a run and its tasks move on
``clearing``                                           what clearing does to them
``redaction``                                          which values Airflow masks
``resources``                                          routes and documents, one module for each resource
``setup``, ``emulated``                                what tests add and look at past the API
``binding``                                            a real Airflow that stands for a Deployment's
``unpacking``                                          deployed code in the DAGs folder of a real Airflow
=====================================================  ===============================================================
"""
