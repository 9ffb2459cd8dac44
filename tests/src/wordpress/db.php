<?php
/**
 * In place of WordPress's database (a "drop-in"): holds the options that the test gives. Whatever is written, WordPress
 * itself remembers until it ends.
 */

class Memory_Db extends wpdb {
	public function __construct() {
		$this->dbname = 'none';
	}
	public function set_prefix( $prefix, $set_table_names = true ) {
		$this->ready = true;
		return parent::set_prefix( $prefix, $set_table_names );
	}
	public function db_connect( $allow_bail = true ) {
		return true;
	}
	public function query( $query ) {
		$row               = (object) array( 'autoload' => 'yes' );
		$this->last_result = 0 === strpos( $query, 'SELECT autoload' ) ? array( $row ) : array();
		return 1;
	}
	public function get_results( $query = null, $output = OBJECT ) {
		global $options;
		if ( false === strpos( (string) $query, 'autoload' ) ) {
			return array();
		}
		return array_map(
			fn ( $name, $value ) => (object) array( 'option_name' => $name, 'option_value' => $value ),
			array_keys( $options ),
			$options
		);
	}
	public function _real_escape( $data ) {
		return addslashes( (string) $data );
	}
	public function get_col_length( $table, $column ) {
		return false;
	}
	protected function process_fields( $table, $data, $format ) {
		return $this->process_field_formats( $data, $format );
	}
}

$wpdb = new Memory_Db();
